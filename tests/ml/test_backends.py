"""Network, losses and loop belong to no framework: they name none, and one epoch runs on whichever is installed."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ml import data
from tests.ml.making import records_of, write_source
from tests.programs import environment

pytest.importorskip("keras")
pytest.importorskip("tensorflow")

ROOT = Path(__file__).resolve().parent.parent.parent
NEUTRAL = (
    "network", "train", "run", "fitting", "schedule", "feeds", "frozen", "looks", "batches", "store", "degrade",
    "balance", "checkpoint", "history", "events", "progress",
)  # fmt: skip
OTHERS = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]
FRAMEWORKS = {"tensorflow", "tf", "jax", "torch"}

EPOCH = """
import sys
from pathlib import Path
from ml import config, train

folder = Path(sys.argv[1])
experiment = config.from_dict({
    "name": "tiny",
    "network": {"input_size": 64, "residual_filters": 4, "mask_filters": 4},
    "training": {"epochs": 2, "images_per_epoch": 16, "batch": 8, "stages": [[0.0, 1]], "workers": 1},
})
train.train(experiment, folder / "m.jsonl", folder / sys.argv[2], weights=None, cache=folder / "cache")
import keras
loaded = [name for name in ("ml.export", "tensorflow") if name in sys.modules]
print(keras.backend.backend(), *loaded)
"""


@pytest.mark.parametrize("module", NEUTRAL)
def test_the_loop_names_no_framework(module):
    tree = ast.parse((ROOT / "ml" / f"{module}.py").read_text())
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.add(node.module.split(".")[0])
    assert not named & FRAMEWORKS


if OTHERS:  # without jax or torch, that the loop names no framework is what can be tested

    @pytest.mark.slow
    @pytest.mark.parametrize("backend", OTHERS)
    def test_two_epochs_run_on_another_backend(backend, tmp_path):
        data.write(tmp_path / "m.jsonl", records_of(write_source(tmp_path / "made", count=40)))
        words = [sys.executable, "-c", EPOCH, str(tmp_path), "run"]
        done = subprocess.run(
            words, cwd=ROOT, env=environment() | {"KERAS_BACKEND": backend}, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.strip().splitlines()[-1].split()[0] == backend
        assert (tmp_path / "run" / "model.keras").is_file()
        assert len((tmp_path / "run" / "history.csv").read_text().splitlines()) == 3


def test_a_backend_that_is_not_installed_is_named(tmp_path, monkeypatch):
    import keras

    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(CommandError, match="KERAS_BACKEND names jax, which is not installed"):
        call_command("train_model", "--recipe", "quick", "--data", "d", "--out", str(tmp_path))


def test_another_backend_leaves_the_model_and_says_how_to_export_it(tmp_path, monkeypatch, capsys):
    from ml import train
    from ml.management.commands import train_model

    monkeypatch.setattr(train, "train", lambda *words, **options: None)
    monkeypatch.setattr(train_model, "exports", lambda: False)
    call_command("train_model", "--recipe", "quick", "--data", "d", "--out", str(tmp_path))
    assert "train_model --export-only" in capsys.readouterr().out
