"""A run that was killed, changed or out of patience: what goes on, and what begins anew."""

import json

import numpy as np
import pytest

from ml import checkpoint, config, data, events, history
from tests.ml.making import records_of, write_source

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from ml import train
from ml.distribute import Alone

NOTHING = dict.fromkeys(("jpeg", "shrink", "webp", "tile", "crop", "blur", "noise", "light"), 0.0)


class Killed(Exception):
    pass


def killer(after):
    def log(line):
        if line.startswith(f"epoch {after} "):
            raise Killed

    return log


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    data.write(folder / "m.jsonl", records_of(write_source(folder / "made", count=40)))
    return folder / "m.jsonl"


def experiment(degradation=NOTHING, **training):
    values = {"epochs": 4, "frozen_epochs": 9, "batch": 8, "images_per_epoch": 16, "keep_best": 2}
    network = {"input_size": 64, "dropout": 0.2}
    return config.from_dict(
        {"name": "a", "network": network, "training": values | training, "degradation": dict(degradation)}
    )


def run(manifest, out, trial, **options):
    ours = {"weights": None, "cache": manifest.parent / "cache", "log": lambda line: None}
    train.train(trial, manifest, out, **ours | options)
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history.read(out / "history.csv")]


def same(one, other):
    assert len(one) == len(other)
    for ours, theirs in zip(one, other, strict=True):
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert float(ours[name] or 0) == pytest.approx(float(theirs[name] or 0), rel=1e-3)


def test_a_killed_run_goes_on_with_its_best_looks_and_an_epoch_that_was_half_told_is_told_once(manifest, tmp_path):
    whole = run(manifest, tmp_path / "whole", experiment())
    with pytest.raises(Killed):
        run(manifest, tmp_path / "killed", experiment(), log=killer(2))
    history.add(tmp_path / "killed" / "history.csv", {"epoch": 3, "loss": 99.0})  # told, but not yet in last.npz
    lines = []
    same(run(manifest, tmp_path / "killed", experiment(), resume=True, log=lines.append), whole)
    assert not [line for line in lines if "changed" in line]
    best = [json.loads((tmp_path / name / "run.json").read_text())["best"] for name in ("whole", "killed")]
    assert [one["epoch"] for one in best[0]] == [one["epoch"] for one in best[1]]
    assert len(best[0]) == 2


@pytest.mark.slow
def test_a_run_in_stages_draws_the_same_curve_after_a_kill_in_the_midst_of_a_stage(manifest, tmp_path):
    staged = experiment(
        {"jpeg": 0.5}, epochs=5, stages=[[0.0, 1], [0.3, 3]], warmup_epochs=0.5, learning_rate=1e-3, patience=0
    )
    whole = run(manifest, tmp_path / "whole", staged)
    with pytest.raises(Killed):
        run(manifest, tmp_path / "killed", staged, log=killer(2))
    same(run(manifest, tmp_path / "killed", staged, resume=True), whole)
    assert [float(row["learning_rate"]) > 0 for row in whole] == [True] * 5


def test_a_run_that_no_longer_improves_hurries_and_does_so_after_a_kill_too(manifest, tmp_path):
    idle = experiment(epochs=10, frozen_epochs=10, learning_rate=0.0, patience=1)
    lines = []
    whole = run(manifest, tmp_path / "whole", idle, log=lines.append)
    assert len(whole) == 4
    assert "No new best since epoch 1: hurrying to epoch 4." in lines
    assert checkpoint.load(tmp_path / "whole" / "last.npz").hurried == 2
    with pytest.raises(Killed):
        run(manifest, tmp_path / "killed", idle, log=killer(3))
    same(run(manifest, tmp_path / "killed", idle, resume=True), whole)


def test_figures_of_other_images_count_no_longer(manifest, tmp_path):
    with pytest.raises(Killed):
        run(manifest, tmp_path, experiment(), log=killer(2))
    state = checkpoint.load(tmp_path / "last.npz")
    state.kept[0].figures[checkpoint.AUC] = 2.0  # better than anything can be
    checkpoint.save(tmp_path / "last.npz", state)
    fewer = manifest.parent / "fewer.jsonl"
    data.write(fewer, [record for record in data.read(manifest) if "authentic-1.jpg" not in record.path])
    lines = []
    run(fewer, tmp_path, experiment(), resume=True, log=lines.append)
    assert "The images have changed since: what was best on the earlier ones counts no longer." in lines
    best = json.loads((tmp_path / "run.json").read_text())["best"]
    assert {one["epoch"] for one in best} == {3, 4}
    assert all(one["validation_auc"] <= 1 for one in best)


def test_a_model_trained_in_mixed_precision_serves_in_single_precision(manifest, tmp_path):
    mixed = experiment({"jpeg": 0.5}, epochs=1, frozen_epochs=0, precision="mixed_bfloat16")
    run(manifest, tmp_path, mixed)
    model = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    assert np.isfinite(float(history.read(tmp_path / "history.csv")[0]["loss"]))
    learner, shape = train._start(mixed, None, Alone(), lambda line: None)
    assert learner.get_layer("backbone").layers[-1].compute_dtype == "bfloat16"
    assert shape.get_layer("backbone").layers[-1].compute_dtype == "float32"


@pytest.mark.slow
def test_the_loss_is_scaled_in_half_precision_and_its_state_survives_a_kill(manifest, tmp_path):
    half = experiment(precision="mixed_float16", epochs=2)
    whole = run(manifest, tmp_path / "whole", half)
    with pytest.raises(Killed):
        run(manifest, tmp_path / "killed", half, log=killer(1))
    same(run(manifest, tmp_path / "killed", half, resume=True), whole)


def test_the_curve_is_written_for_tensorboard_where_asked(manifest, tmp_path):
    run(manifest, tmp_path / "with", experiment(epochs=1), tensorboard=True)
    run(manifest, tmp_path / "without", experiment(epochs=1))
    assert b"validation_auc" in (tmp_path / "with" / train.EVENTS / events.FILE).read_bytes()
    assert not (tmp_path / "without" / train.EVENTS).exists()
