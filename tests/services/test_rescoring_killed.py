"""A run through history whose process is killed with SIGKILL, by the real programs on a real data base."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest

from ml.serve import shipped
from tests.factories import image_bytes
from tests.programs import ROOT, environment, manage, redis, wait_until
from tests.services.test_workers import worker

PICTURES = 8
_HAND_IN = """
import sys
from pathlib import Path
from accounts.audit import SYSTEM
from accounts.models import User
from detector import intake, models_in_use
owner = User.objects.create_user("olivia", "olivia@example.org", "a long password")
for path in sorted(Path({folder!r}).iterdir()):
    intake.submit(SYSTEM, owner=owner, name=path.name, data=path.read_bytes())
models_in_use.register(SYSTEM, folder=Path({model!r}))
models_in_use.promote(SYSTEM, version="9999.1", force=True, reason="a test")
"""


@pytest.fixture
def env(tmp_path):
    """A site with pictures that an earlier model scored."""
    env = {"FAKEDETECT_VAR": str(tmp_path / "var"), "FAKEDETECT_LEASE_SECONDS": "1", "FAKEDETECT_LEDGER": "inline"}
    manage("bootstrap", env=env)
    manage("shell", "-c", _HAND_IN.format(folder=_pictures(tmp_path), model=_newer_model(tmp_path)), env=env)
    return env


@pytest.fixture
def data_base(tmp_path):
    return tmp_path / "var" / "db.sqlite3"


def test_a_run_that_is_killed_goes_on_where_it_was(env, data_base):
    command = [sys.executable, "manage.py", "rescore", "--per-minute", "6000"]
    killed = subprocess.Popen(command, cwd=ROOT, env=environment(**env), stderr=subprocess.DEVNULL)
    wait_until(lambda: _settled(data_base) > 1, "the first uploads")
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL
    at_the_kill = _settled(data_base)
    assert 1 < at_the_kill < PICTURES
    manage("rescore", "--resume", env=env)
    _check_the_end(env, data_base)


def test_a_worker_goes_through_history_and_the_next_one_after_it(env, data_base):
    with redis() as broker:
        env |= {"CELERY_BROKER_URL": broker, "LOG_LEVEL": "ERROR"}
        manage("rescore", "--background", "--per-minute", "600", env=env)
        with worker(env) as first:
            wait_until(lambda: _settled(data_base) > 1, "the first uploads")
            first.send_signal(signal.SIGKILL)
            first.wait(30)
        assert _settled(data_base) < PICTURES
        with worker(env):
            wait_until(lambda: _is_over(env, data_base), "the end", seconds=180)
    _check_the_end(env, data_base)


def _is_over(env, data_base) -> bool:
    """Walks the rounds, as beat would each minute: the bell died with the worker."""
    manage("sweep", env=env)
    return _read(data_base, "SELECT finished_at FROM learning_rescoring")[0][0] is not None


def _check_the_end(env, data_base) -> None:
    assert _settled(data_base) == PICTURES
    state, total, failed = _read(data_base, "SELECT state, total, failed FROM learning_rescoring")[0]
    assert (state, total, failed) == ("done", PICTURES, 0)
    done = "FROM detector_analysis WHERE state = 'done' AND ledger_state = 'done'"
    assert _read(data_base, f"SELECT count(*), count(DISTINCT upload_id) {done}")[0] == (2 * PICTURES, PICTURES)
    verdicts = "SELECT count(*) FROM accounts_auditevent WHERE action = 'verdict'"
    assert _read(data_base, verdicts)[0] == (2 * PICTURES,)  # none was given twice
    manage("verify_audit", env=env)


def _pictures(tmp_path) -> str:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(PICTURES):
        (folder / f"{seed:02}.jpg").write_bytes(image_bytes(seed=seed))
    return str(folder)


def _newer_model(tmp_path) -> str:
    """The model that ships, under another version."""
    folder = shutil.copytree(shipped(), tmp_path / "9999.1")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"version": "9999.1"}))
    return str(folder)


def _settled(data_base) -> int:
    rows = _read(data_base, "SELECT scored + failed FROM learning_rescoring")
    return rows[0][0] if rows else 0


def _read(data_base, query):
    with sqlite3.connect(f"file:{data_base}?mode=ro", uri=True, timeout=20) as connection:
        return connection.execute(query).fetchall()
