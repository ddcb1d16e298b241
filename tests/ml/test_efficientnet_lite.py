"""EfficientNet-Lite0: its shape, and published weights from a file."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from ml import efficientnet_lite
from ml.config import Network
from ml.network import build


@pytest.fixture(scope="module")
def lite():
    return efficientnet_lite.EfficientNetLite0(input_shape=(64, 64, 3))


def published(model):
    """A file as PyTorch names and shapes it, each value drawn at random."""
    dice, found = np.random.default_rng(1), {}
    for layer in model.layers:
        prefix, convolution, norm = ("",) * 3
        if layer.weights:
            prefix, convolution, norm = efficientnet_lite._names(layer.name.removesuffix("_norm"))
        if layer.name.endswith("_norm"):
            for part in ("weight", "bias", "running_mean", "running_var"):
                found[f"{prefix}{norm}.{part}"] = dice.random(layer.gamma.shape).astype("f")
        elif layer.weights:
            rows, columns, inner, outer = layer.kernel.shape
            shape = (inner, outer) if convolution == "_depthwise_conv" else (outer, inner)
            found[f"{prefix}{convolution}.weight"] = dice.random((*shape, rows, columns)).astype("f")
    return found


def test_its_features_are_at_a_32nd_of_the_input_and_the_fine_ones_at_a_16th(lite):
    assert lite.output.shape == (None, 2, 2, 192)
    assert lite.get_layer(efficientnet_lite.FINE).output.shape == (None, 4, 4, 112)


def test_published_weights_are_taken_over_layer_by_layer(lite, tmp_path):
    values = published(lite)
    np.savez(tmp_path / "weights.npz", **values)
    efficientnet_lite.load(lite, tmp_path / "weights.npz")
    (stem,) = lite.get_layer("stem").get_weights()
    assert stem[2, 0, 1, 5] == values["_conv_stem.weight"][5, 1, 2, 0]
    (depthwise,) = lite.get_layer("block4_depthwise").get_weights()
    assert depthwise[1, 3, 7, 0] == values["_blocks.4._depthwise_conv.weight"][7, 0, 1, 3]
    gamma, _beta, _mean, variance = lite.get_layer("block4_project_norm").get_weights()
    assert np.array_equal(gamma, values["_blocks.4._bn2.weight"])
    assert np.array_equal(variance, values["_blocks.4._bn2.running_var"])


def test_a_file_of_another_network_is_refused(lite, tmp_path):
    np.savez(tmp_path / "weights.npz", something=np.zeros(3))
    with pytest.raises(ValueError, match="no weights of EfficientNet-Lite0"):
        efficientnet_lite.load(lite, tmp_path / "weights.npz")


@pytest.mark.parametrize("options", [{"include_top": True}, {"weights": "imagenet"}])
def test_it_has_no_top_and_no_weights_by_name(options):
    with pytest.raises(ValueError, match="come from a file"):
        efficientnet_lite.EfficientNetLite0(input_shape=(64, 64, 3), **options)


def test_a_detector_stands_on_it():
    network = Network(backbone="EfficientNetLite0", alpha=0.0, input_size=64, mask_filters=8)
    model = build(network, None)
    assert model.output["logits"].shape == (None, 2)
    assert model.output["mask"].shape == (None, 4, 4)
