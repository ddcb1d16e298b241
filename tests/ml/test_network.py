"""The branch that learns from masks, wide and squeezed."""

import numpy as np
import pytest

from ml import config

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from ml import network

IMAGES = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3)).astype(np.float32)


def built(**shape):
    keras.utils.set_random_seed(1)
    return network.build(config.Network(input_size=64, mask_filters=8, **shape), None)


def masks(model):
    return model.predict(IMAGES, verbose=0)[network.MASK]


def silenced(model, name):
    layer = model.get_layer(name)
    kept = layer.get_weights()
    layer.set_weights([np.zeros_like(value) for value in kept])
    return lambda: layer.set_weights(kept)


def test_a_squeezed_branch_says_the_same_kind_of_thing_from_fewer_channels():
    wide, narrow = built(), built(mask_squeeze=6)
    assert narrow.output_shape == wide.output_shape
    channels = [model.get_layer(network.SEGMENTER).get_weights()[0].shape[2] for model in (wide, narrow)]
    assert channels == [128 + 256, 6]


def test_a_squeezed_branch_sees_fine_and_coarse_features():
    model = built(mask_squeeze=6)
    both = masks(model)
    for name, other in (("fine", "coarse"), ("coarse", "fine")):
        restore = silenced(model, f"{network.SEGMENTER}_{name}")
        assert not np.array_equal(masks(model), both)
        also = silenced(model, f"{network.SEGMENTER}_{other}")
        assert np.ptp(masks(model)) == 0  # without either it sees nothing
        also()
        restore()
    assert np.array_equal(masks(model), both)


def test_what_does_not_fit_a_narrower_branch_is_left_and_the_rest_is_taken_over(tmp_path):
    built().save(tmp_path / "wide.keras")
    narrow = built(mask_squeeze=6)
    assert network.transfer(narrow, tmp_path / "wide.keras") >= 2  # the backbone and the head
    wide = keras.saving.load_model(tmp_path / "wide.keras", compile=False)
    for name in (network.BACKBONE, network.HEAD):
        pairs = zip(narrow.get_layer(name).get_weights(), wide.get_layer(name).get_weights(), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)
