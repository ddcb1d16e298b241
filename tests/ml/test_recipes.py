"""The origin's own design: a dense head on features that never change, fitted on stored ones."""

import dataclasses
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from ml import checkpoint, config, data, history, recipes
from ml.runtime import Runtime
from tests.ml.making import records_of, write_source

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from ml import export, feeds, frozen, network, train

NOTHING = dict.fromkeys(("jpeg", "shrink", "webp", "tile", "crop", "blur", "noise", "light"), 0.0)
PLAIN = {"weight_decay": 0.0, "clip_norm": 0.0, "ema": 0.0, "balanced": False, "images_per_epoch": 0}
EVERY = {"epochs": 3, "frozen_epochs": 3, "batch": 8, "learning_rate": 0.01} | PLAIN


def experiment(degradation=None, **training):
    return config.from_dict(
        {
            "name": "tiny",
            "network": {"input_size": 64, "head_units": 6, "dropout": 0.0},
            "training": EVERY | training,
            "degradation": NOTHING | (degradation or {}),
        }
    )


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    data.write(folder / "m.jsonl", records_of(write_source(folder / "made", count=40)))
    return folder / "m.jsonl"


@pytest.fixture(scope="module")
def weights(manifest):
    """A backbone that was never trained, but whose normalisation knows images: its features differ between them."""
    body = keras.applications.MobileNet(alpha=0.25, include_top=False, weights=None, input_shape=(64, 64, 3))
    for layer in body.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    records = data.select(manifest, experiment(), "train")
    pixels = np.stack([frozen.to_input(frozen.pixels_of(one, 64)[0], 64) for one in records])
    body(pixels / 127.5 - 1, training=True)
    body.save_weights(manifest.parent / "body.weights.h5")
    return manifest.parent / "body.weights.h5"


def run(manifest, out, **changes):
    options = {
        "weights": manifest.parent / "body.weights.h5",
        "cache": manifest.parent / "cache",
        "log": lambda line: None,
    }
    return train.train(experiment(**changes), manifest, out, **options)


@pytest.fixture(scope="module")
def finished(manifest, weights):
    return run(manifest, manifest.parent / "run").parent


def test_the_origins_recipe_freezes_the_backbone_for_good_and_degrades_nothing():
    origin = recipes.recipe("origin")
    assert (origin.training.epochs, origin.network.input_size, origin.training.weight_decay) == (75, 224, 0)
    assert feeds.features_will_do(origin)


def test_an_unknown_recipe_names_those_there_are():
    with pytest.raises(config.ConfigError, match="known are baseline, five, four, origin"):
        recipes.recipe("orign")


@pytest.mark.parametrize(
    "changes",
    [{"frozen_epochs": 2}, {"degradation": {"jpeg": 0.1}}, {"stages": [[0.0, 1], [0.5, 2]]}],
)
def test_features_are_stored_only_where_nothing_before_the_head_ever_changes(changes):
    assert feeds.features_will_do(experiment())
    assert not feeds.features_will_do(experiment(**changes))


def test_a_branch_that_learns_needs_the_pixels():
    plain = experiment()
    for branch in ("residual_filters", "mask_filters"):
        wider = dataclasses.replace(plain, network=dataclasses.replace(plain.network, **{branch: 4}))
        assert not feeds.features_will_do(wider)


def test_stored_features_are_what_the_network_makes_of_an_image_and_of_its_mirror_image(manifest, weights, tmp_path):
    records = data.select(manifest, experiment(), "test")
    model = network.build(experiment().network, weights)
    ticks = []
    stored = frozen.open_features(model, records, experiment(), tmp_path, lambda done, total: ticks.append(done))
    again = frozen.open_features(model, records, experiment(), tmp_path, lambda done, total: ticks.append(-1))
    assert stored.shape == (len(records), 2, 256)
    assert np.array_equal(stored, again)
    assert np.ptp(stored, axis=0).max() > 0.1  # or this test would compare nothing
    assert ticks == [len(records)]
    pixels = np.stack([frozen.to_input(frozen.pixels_of(one, 64)[0], 64) for one in records])
    for side, views in enumerate((pixels, pixels[:, :, ::-1])):
        whole = model.predict(views, verbose=0)["logits"]
        from_head = frozen.head(model).predict(stored[:, side], verbose=0)["logits"]
        assert from_head == pytest.approx(whole, abs=1e-5)


def test_an_epoch_on_features_sees_each_image_once_and_about_half_of_them_mirrored(manifest):
    records = data.select(manifest, experiment(), "train")
    features = np.zeros((len(records), 2, 3), np.float32)
    features[:, :, 0] = np.arange(len(records))[:, None]
    features[:, 1, 1] = 1
    batches = frozen.FeatureBatches(features, records, experiment(), epoch=0)
    rows = np.concatenate([batches[index][0] for index in range(len(batches))])
    assert len(set(rows[:, 0])) == len(rows) == len(records) // 8 * 8
    assert 0.2 < rows[:, 1].mean() < 0.8
    labels = np.concatenate([batches[index][1]["logits"] for index in range(len(batches))])
    for row, label in zip(rows[:, 0], labels, strict=True):
        assert label.argmax() == (records[int(row)].label != "authentic")


def test_a_run_on_features_changes_the_head_alone(finished, weights):
    keras.utils.set_random_seed(experiment().training.seed)
    before = network.build(experiment().network, weights)
    after = keras.saving.load_model(finished / "model.keras", compile=False)
    for name in (network.HIDDEN, network.HEAD):
        assert not np.allclose(before.get_layer(name).get_weights()[0], after.get_layer(name).get_weights()[0])
    for ours, theirs in zip(
        before.get_layer(network.BACKBONE).get_weights(), after.get_layer(network.BACKBONE).get_weights(), strict=True
    ):
        assert np.array_equal(ours, theirs)


def test_the_best_looks_lie_beside_the_model_with_their_figures(finished):
    best = json.loads((finished / "run.json").read_text())["best"]
    assert [one["file"] for one in best] == ["best-1.keras", "best-2.keras", "best-3.keras"]
    figures = [one["validation_auc"] for one in best]
    assert figures == sorted(figures, reverse=True)
    curve = {int(row["epoch"]): float(row["validation_auc"]) for row in history.read(finished / "history.csv")}
    assert {one["epoch"]: one["validation_auc"] for one in best} == curve
    first = keras.saving.load_model(finished / "best-1.keras", compile=False)
    shipped = keras.saving.load_model(finished / "model.keras", compile=False)
    for ours, theirs in zip(first.get_weights(), shipped.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)


def test_the_map_of_a_deeper_head_is_that_head_at_each_place(finished, manifest):
    export.export_run(finished, manifest, images=2)
    model = keras.saving.load_model(finished / "model.keras", compile=False)
    sample = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    output = Runtime((finished / "model.tflite").read_bytes())(sample)
    features = keras.Model(model.input, model.get_layer(network.FEATURES).output).predict(sample[None], verbose=0)[0]
    hidden, head = (model.get_layer(name).get_weights() for name in (network.HIDDEN, network.HEAD))
    expected = np.maximum(features @ hidden[0] + hidden[1], 0) @ head[0] + head[1]
    assert output.cam.shape == (2, 2, 2)
    assert output.cam == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert output.logits == pytest.approx(model.predict(sample[None], verbose=0)["logits"][0], abs=1e-4)


def test_the_last_weights_ship_where_that_is_asked(manifest, weights, tmp_path):
    run(manifest, tmp_path, ship="last", keep_best=1)
    state = checkpoint.load(tmp_path / "last.npz")
    shipped = keras.saving.load_model(tmp_path / "model.keras", compile=False).get_weights()
    for ours, theirs in zip(state.average, shipped, strict=True):
        assert np.array_equal(ours, theirs)


def test_a_folder_that_holds_a_run_is_not_written_over(finished, manifest):
    with pytest.raises(train.RunRefused, match="go on with --resume"):
        run(manifest, finished)


def test_a_run_of_another_network_is_not_continued(finished, manifest):
    other = dataclasses.replace(experiment(), network=config.Network(input_size=64))
    options = {"weights": None, "cache": manifest.parent / "cache", "resume": True, "log": lambda line: None}
    with pytest.raises(train.RunRefused, match="another network"):
        train.train(other, manifest, finished, **options)


def test_too_few_images_are_refused_before_anything_is_decoded(manifest, weights, tmp_path):
    with pytest.raises(train.RunRefused, match="too little to learn from"):
        run(manifest, tmp_path, batch=512)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--recipe", "none"], "There is no recipe"),
        (["--recipe", "quick", "--config", "a.toml"], "not allowed with"),
        ([], "Say what to train"),
        (["--export-only", "{here}"], "run.json"),
    ],
)
def test_the_command_takes_one_recipe_or_one_file(tmp_path, words, sentence):
    words = [word.format(here=tmp_path) for word in words]
    with pytest.raises(CommandError, match=sentence):
        call_command("train_model", *words, "--data", str(tmp_path / "m.jsonl"), "--out", str(tmp_path / "run"))


def test_the_command_asks_for_the_runs_folder(tmp_path):
    with pytest.raises(CommandError, match="--out"):
        call_command("train_model", "--recipe", "quick", "--data", str(tmp_path / "m.jsonl"))
