# FakeDetect: `make run` serves, `make test` proves. Everything else is listed by `make help`.
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); if [ $$n -gt 4 ]; then echo 4; elif [ $$n -lt 2 ]; then echo 2; else echo $$n; fi)
THREADS ?= 4
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# The lock is complete: pip shall follow it, not resolve again. (The pip of Python 3.11 takes `coverage[toml]`, an extra that
# another package wants, for a package of its own and refuses the whole file once a newer one is published.)
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run setup setup-train setup-dev setup-watch worker trainer train test fuzz lint format lock audit sbom bench messages extension

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## / — /'

run: setup ## install what serving needs, prepare the data base, serve on HOST:PORT
	@$(MANAGE) bootstrap
	@echo "FakeDetect is on http://$(HOST):$(PORT)/ – stop it with Ctrl-C"
	@exec $(BIN)/gunicorn fakedetect_site.wsgi --bind $(HOST):$(PORT) --workers $(WORKERS) --threads $(THREADS)

setup: $(VENV)/.serve ## prepare .venv for serving

setup-train: $(VENV)/.train ## … for training and evaluation too (TensorFlow, 2.3 GB)

setup-dev: $(VENV)/.dev ## … for tests and lint too

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "FakeDetect needs Python 3.11 or later; try: make run PYTHON=python3.13"; exit 1; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python cannot make virtual environments. On Debian: apt install python3-venv"; exit 1; }

$(VENV)/.serve: requirements-serve.txt | $(BIN)/python
	@echo "Installing what serving needs (about a minute, once) …"
	@$(PIP) -r requirements-serve.txt
	@touch $@

$(VENV)/.train: requirements.txt $(VENV)/.serve
	@echo "Installing TensorFlow and what else training needs (once) …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.train
	@echo "Installing test and lint tools (once) …"
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/.fuzz: requirements-fuzz.txt $(VENV)/.dev
	@$(PIP) -r requirements-fuzz.txt || echo "Without atheris inputs are drawn by chance."
	@touch $@

worker: setup ## a Celery worker with its beat, once CELERY_BROKER_URL is set
	@$(BIN)/celery -A fakedetect_site worker --beat --schedule var/beat-schedule --loglevel info

trainer: setup-train ## a Celery worker that takes retraining runs alone (queue training)
	@$(BIN)/celery -A fakedetect_site worker --queues training --concurrency 1 --loglevel info

train: setup-train ## train the model of CONFIG on the manifest DATA into RUN (docs/train.md)
	@$(MANAGE) train_model --config $(CONFIG) --data $(DATA) --out $(RUN)

test: setup-dev ## all tests
	@$(BIN)/python -m pytest -q -n auto --dist loadfile $(TESTS)

fuzz: $(VENV)/.fuzz ## unknown bytes to every reader of them, SECONDS (60) each; HARNESS names one
	@$(BIN)/python -m tests.fuzz $(or $(SECONDS),60) $(HARNESS)

lint: setup-dev ## ruff, mypy, djlint, missing migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy accounts desk detector fakedetect_site learning ml notices overview privacy tools manage.py
	@$(BIN)/mypy --config-file clients/python/pyproject.toml clients/python/src clients/browser/tools
	@$(BIN)/djlint templates --check --quiet && $(BIN)/djlint templates --lint --quiet
	@$(MANAGE) makemigrations --check --dry-run

format: setup-dev ## rewrite in the house's format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/djlint templates --reformat --quiet

setup-watch: setup ## … for sending errors and traces elsewhere too (docs/operate.md)
	@$(PIP) -r requirements-watch.txt

lock: setup-dev ## compile the requirement files, newest versions that fit
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet --upgrade requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet -c requirements.txt requirements-serve.in -o requirements-serve.txt
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet -c requirements.txt requirements-watch.in -o requirements-watch.txt
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet --upgrade requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet --upgrade requirements-fuzz.in -o requirements-fuzz.txt

messages: setup-dev ## gather what is to be translated, compile the translations (docs/translate.md)
	@$(MANAGE) messages

extension: ## pack the browser extension into clients/browser/dist
	@$(PYTHON) clients/browser/tools/pack.py

audit: setup-dev ## known vulnerabilities of what is installed
	@$(BIN)/pip-audit --requirement requirements.txt --disable-pip

sbom: setup-dev ## dist/sbom.json: what a release is made of (CycloneDX)
	@$(BIN)/python -m tools.sbom dist/sbom.json

bench: setup-dev ## throughput beside the origin's design, inference, ledger, search by picture (minutes)
	@$(BIN)/python bench/uploads.py
	@$(BIN)/python bench/inference.py
	@$(BIN)/python bench/ledger.py
	@$(BIN)/python bench/similar.py speed
