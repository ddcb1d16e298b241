"""Training on a tiny set: what is drawn, what is resumed, what is exported. One file, because Keras loads slowly."""

import csv
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from detector import models_in_use
from ml import cards, checkpoint, config, data
from ml.runtime import Runtime
from tests.factories import image_bytes
from tests.ml.making import records_of, tiny_experiment, write_source

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from ml import batches, export, network, store, train


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    data.write(folder / "m.jsonl", records_of(write_source(folder / "made", count=60)))
    return folder / "m.jsonl"


# pytest-django runs tests with a data base first; all alike, the run of three epochs is made once.
pytestmark = pytest.mark.django_db

TINY = """
name = "tiny"
description = "A test."
[network]
input_size = 64
residual_filters = 4
mask_filters = 4
[training]
epochs = 3
images_per_epoch = 16
batch = 8
frozen_epochs = 0
warmup_epochs = 0.5
[terms]
made = "made on the spot"
"""


@pytest.fixture(scope="module")
def finished(manifest):
    """A run of three epochs, through the command."""
    (manifest.parent / "tiny.toml").write_text(TINY)
    run = manifest.parent / "run"
    words = ["--config", manifest.parent / "tiny.toml", "--data", manifest, "--out", run, "--weights", "none"]
    call_command("train_model", *map(str, words))
    return run


def curve(run):
    with (run / "history.csv").open(newline="") as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


def test_a_run_leaves_a_model_a_curve_a_plot_and_a_checkpoint(finished):
    assert (finished / "history.png").read_bytes().startswith(b"\x89PNG")
    assert [row["epoch"] for row in curve(finished)] == ["1", "2", "3"]
    assert checkpoint.load(finished / "last.npz").epoch == 3
    model = keras.saving.load_model(finished / "model.keras", compile=False)
    assert {name: part.shape for name, part in model.output.items()} == {"logits": (None, 2), "mask": (None, 4, 4)}


class Killed(Exception):
    pass


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_and_draws_the_same_curve(finished, manifest, tmp_path):
    def kill_after_two(line):
        if line.startswith("epoch 2"):
            raise Killed

    experiment = config.load(manifest.parent / "tiny.toml")
    options = {"weights": None, "cache": finished / "cache"}
    with pytest.raises(Killed):
        train.train(experiment, manifest, tmp_path, log=kill_after_two, **options)
    train.train(experiment, manifest, tmp_path, resume=True, log=lambda line: None, **options)
    whole, resumed = curve(finished), curve(tmp_path)
    assert len(whole) == len(resumed) == 3
    for expected, actual in zip(whole, resumed, strict=True):
        assert {k: float(v) for k, v in actual.items()} == pytest.approx(
            {k: float(v) for k, v in expected.items()}, rel=1e-3
        )


def test_a_draw_is_the_same_for_the_same_seed_and_epoch_and_another_in_the_next(manifest, tmp_path):
    records = data.select(manifest, tiny_experiment(), "train")
    pixels = store.open_store(records, 64, tmp_path)
    first, same, later = (batches.DegradedBatches(pixels, records, tiny_experiment(), epoch) for epoch in (0, 0, 1))
    assert len(first) == 2
    assert np.array_equal(first[1][0], same[1][0])
    assert np.array_equal(first[1][1]["logits"], same[1][1]["logits"])
    assert not np.array_equal(first[1][0], later[1][0])


def test_both_classes_are_drawn_alike(manifest, tmp_path):
    records = data.select(manifest, tiny_experiment(), "train")
    rare = [r for r in records if r.label == "authentic"] + [r for r in records if r.label == "ai_generated"][:6]
    experiment = tiny_experiment(images_per_epoch=4000)
    drawn = batches.DegradedBatches(store.open_store(rare, 64, tmp_path), rare, experiment, epoch=0)
    labels = [rare[row].label for row in drawn.drawn]
    assert labels.count("authentic") / len(labels) == pytest.approx(0.5, abs=0.03)


def test_the_store_gives_back_what_was_decoded_and_is_made_once(manifest, tmp_path):
    records = data.select(manifest, tiny_experiment(), "test")
    made = store.open_store(records, 64, tmp_path)
    assert [made.image(i).size for i in range(len(made))] == [(record.width, record.height) for record in records]
    before = sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file())
    again = store.open_store(records, 64, tmp_path)
    assert sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()) == before
    assert np.array_equal(np.asarray(made.image(3)), np.asarray(again.image(3)))


def test_the_first_stage_trains_the_head_alone():
    model = network.build(config.Network(input_size=64), None)
    network.unfreeze(model, 0.0)
    assert {variable.path.split("/")[0] for variable in model.trainable_variables} == {network.HEAD}
    network.unfreeze(model, 1.0)
    assert len(model.trainable_variables) > 50


def test_the_high_pass_branch_sees_no_flat_colour():
    residuals = keras.Model(*(lambda i: (i, network._high_pass(i)))(keras.Input((16, 16, 3))))
    flat = residuals.predict(np.full((1, 16, 16, 3), 200.0), verbose=0)[:, 1:-1, 1:-1]
    assert np.abs(flat).max() == 0
    assert (
        np.abs(residuals.predict(np.indices((16, 16)).sum(0)[None, ..., None].repeat(3, -1) % 2 * 9.0, verbose=0)).max()
        > 9
    )


def test_a_run_that_goes_on_takes_all_of_the_earlier_model_whatever_its_layers_are_called(finished):
    model = network.build(config.load(finished.parent / "tiny.toml").network, None)
    earlier = keras.saving.load_model(finished / "model.keras", compile=False)
    assert [layer.name for layer in model.layers] != [layer.name for layer in earlier.layers]  # counted up since
    assert network.transfer(model, finished / "model.keras") == sum(bool(layer.weights) for layer in model.layers)
    for ours, theirs in zip(model.get_weights(), earlier.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)


class Impatient(train.Watcher):
    """Follows a run and ends it in its second epoch."""

    def __init__(self):
        self.steps, self.rows, self.decoded = [], [], []

    def counted(self, what, done, total):
        (self.steps if what == "training" else self.decoded).append((done, total))
        if what == "training" and done == 3:
            raise Killed

    def epoch(self, row):
        self.rows.append(row["epoch"])


def test_who_follows_a_run_is_told_of_each_step_and_may_end_it(manifest, tmp_path):
    watcher = Impatient()
    with pytest.raises(Killed):
        train.train(
            tiny_experiment(), manifest, tmp_path, weights=None, cache=tmp_path, watcher=watcher, log=lambda line: None
        )
    assert watcher.steps == [(1, 6), (2, 6), (3, 6)]  # two steps in each of three epochs
    assert watcher.rows == [1]
    assert watcher.decoded[-1][0] == watcher.decoded[-1][1] > 0
    assert checkpoint.load(tmp_path / "last.npz").epoch == 1


def test_three_classes_need_no_other_code():
    model = network.build(config.Network(input_size=64, classes=("authentic", "ai_generated", "manipulated")), None)
    assert model.output["logits"].shape == (None, 3)


def test_litert_says_what_keras_says_and_the_map_averages_to_the_logits(finished):
    described = json.loads((finished / "run.json").read_text())
    assert described["export"]["differences"].keys() >= {"logits", "cam", "features"}
    assert max(described["export"]["differences"].values()) == described["export_difference"] <= export.TOLERANCE
    model = keras.saving.load_model(finished / "model.keras", compile=False)
    sample = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    output = Runtime((finished / "model.tflite").read_bytes())(sample)
    assert output.logits == pytest.approx(model.predict(sample[None], verbose=0)["logits"][0], abs=1e-4)
    assert output.mask == pytest.approx(model.predict(sample[None], verbose=0)["mask"][0], abs=1e-4)
    assert output.features.ndim == 1
    assert output.cam.mean(axis=(0, 1)) == pytest.approx(output.logits, abs=1e-4)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"logits": 1e-5, "mask": 2e-4}, r"0\.0002 in mask, more than 0\.0001"),
        ({"logits": 1e-5, "cam": 2e-3}, r"0\.002 in cam, more than 0\.001"),
    ],
)
def test_an_export_that_differs_is_refused_and_leaves_nothing(finished, tmp_path, monkeypatch, found, told):
    model = keras.saving.load_model(finished / "model.keras", compile=False)
    content = (finished / "model.tflite").read_bytes()
    monkeypatch.setattr(export, "convert", lambda model, half: content)
    monkeypatch.setattr(export, "differences", lambda *parts: found)
    with pytest.raises(export.ExportRefused, match=f"differ by {told}"):
        export.export(model, tmp_path / "model.tflite", np.zeros((1, 64, 64, 3), np.uint8))
    assert not (tmp_path / "model.tflite").exists()


def test_a_run_is_measured_registered_and_promoted(finished, manifest, tmp_path, db, settings):
    settings.MODELS_DIR = tmp_path / "models"
    words = ["--data", str(manifest), "--also", str(manifest), "--robustness", "0"]
    call_command("evaluate_model", str(finished), *words)
    words = ["--version", "2026.1.7", "--promote", "--card", str(tmp_path / "CARD.md")]
    call_command("register_model", str(finished), *words)
    assert models_in_use.current().version == "2026.1.7"
    assert models_in_use.current_scorer().score(image_bytes()).model.version == "2026.1.7"
    card = json.loads((tmp_path / "models" / "2026.1.7" / "card.json").read_text())
    assert card["training"]["epochs"] == 3
    test = card["metrics"]["test"]["made"]
    assert test.keys() >= {"false_alarms", "missed", "auc", "auc_interval", "confusion", "flips"}
    assert card["metrics"]["never_trained"]["made"]["images"] == len(list(data.read(manifest)))
    text = (tmp_path / "CARD.md").read_text()
    assert text.startswith("# Model card: 2026.1.7")
    assert "made on the spot" in text


def test_a_run_that_was_not_evaluated_has_no_card(tmp_path):
    with pytest.raises(cards.RunIncomplete, match="train and evaluate it first"):
        cards.compose(tmp_path)


def test_preparing_shows_counts_and_leaks(tmp_path, capsys):
    source = write_source(tmp_path / "leaking", count=12, fake_quality=60)
    call_command("prepare_dataset", f"mine={source}", "--out", str(tmp_path / "m.jsonl"))
    shown = capsys.readouterr().out
    assert "24 images, 0 unreadable" in shown
    assert "LEAK  mine: jpeg_quality alone tells the class, AUC 1.00" in shown


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["prepare_dataset", "{here}", "--out", "{here}/m.jsonl"], "No readable image"),
        (["prepare_dataset", "{here}/none", "--out", "{here}/m.jsonl"], "is no folder"),
        (["train_model", "--config", "{here}/none.toml", "--data", "m", "--out", "{here}"], "cannot be read"),
        (["evaluate_model", "{here}", "--data", "m"], "run.json cannot be read"),
        (["register_model", "{here}"], "train and evaluate it first"),
    ],
)
def test_a_command_says_in_a_sentence_what_is_wrong(tmp_path, db, command, sentence):
    name, *words = [word.format(here=tmp_path) for word in command]
    with pytest.raises(CommandError, match=sentence):
        call_command(name, *words)


def test_without_tensorflow_training_says_how_to_get_it(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(CommandError, match="Training needs TensorFlow: run `make setup-train`"):
        call_command("train_model", "--config", "c", "--data", "d", "--out", str(tmp_path))
