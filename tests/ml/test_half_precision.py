"""Half the size, and Keras and LiteRT still say the same."""

import zipfile

import numpy as np
import pytest

from ml import config

pytest.importorskip("tensorflow")

import keras

from ml import export, half_precision, network
from ml.runtime import Runtime

SIZE = 64


@pytest.fixture(scope="module", params=[("MobileNet", 0.25), ("MobileNetV2", 0.35)], ids=lambda pair: pair[0])
def trained(request):
    """A network whose normalisations have seen something, with dead and inverted channels among them."""
    backbone, alpha = request.param
    model = network.build(config.Network(backbone=backbone, alpha=alpha, input_size=SIZE, mask_filters=8), None)
    dice = np.random.default_rng(3)
    for layer in half_precision._all(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            gamma = dice.uniform(0.3, 1.5, shape) * dice.choice([-1, 0, 1], shape, p=[0.2, 0.05, 0.75])
            spread = dice.uniform(0.2, 2, shape)
            layer.set_weights([gamma, dice.normal(0, 0.3, shape), dice.normal(0, 0.3, shape), spread])
    return model


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 255, (6, SIZE, SIZE, 3), dtype=np.uint8)


def test_rounding_changes_little_and_a_second_time_nothing(trained, pictures):
    model = keras.models.clone_model(trained)
    model.set_weights(trained.get_weights())
    before = trained.predict(pictures.astype("float32"), verbose=0)["logits"]
    half_precision.halve(model)
    once = model.predict(pictures.astype("float32"), verbose=0)["logits"]
    half_precision.halve(model)
    twice = model.predict(pictures.astype("float32"), verbose=0)["logits"]
    assert 0 < np.abs(before - once).max() < 0.02 * np.abs(before).max()
    assert np.abs(once - twice).max() < 1e-4


def test_what_is_stored_in_half_says_what_keras_says(trained, pictures):
    model = keras.models.clone_model(trained)
    model.set_weights(trained.get_weights())
    whole = export.convert(model)
    half_precision.halve(model)
    half = export.convert(model, half=True)
    assert len(half) < 0.65 * len(whole)
    assert max(export.differences(model, Runtime(half), list(pictures)).values()) <= export.TOLERANCE


def test_rounded_weights_are_stored_in_less_room_and_read_the_same(trained, tmp_path):
    model = keras.models.clone_model(trained)
    model.set_weights(trained.get_weights())
    half_precision.halve(model)
    model.save(tmp_path / "model.keras")
    before = (tmp_path / "model.keras").stat().st_size
    export._deflate(tmp_path / "model.keras")
    assert (tmp_path / "model.keras").stat().st_size < 0.8 * before
    assert zipfile.ZipFile(tmp_path / "model.keras").testzip() is None
    read = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    for ours, theirs in zip(model.get_weights(), read.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
