"""EfficientNet-Lite0 (Tan and Le, 2019; Liu, 2020), which `keras.applications` lacks: made for small processors.

Of the published network the last inverted bottleneck and the convolution to 1,280 channels are left out: they hold a
third of its weights and what they tell, which of 1,000 things a photograph shows, is not what a detector asks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

FINE = "fine"  # the last features at 1/16 of the input
_STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4))
_PARTS = {
    "expand": ("_expand_conv", "_bn0"),
    "depthwise": ("_depthwise_conv", "_bn1"),
    "project": ("_project_conv", "_bn2"),
}


def EfficientNetLite0(  # named as its siblings of keras.applications
    *, include_top: bool = False, weights: str | None = None, input_shape: tuple[int, int, int]
) -> keras.Model:
    """Images of -1 to 1, shape (n, size, size, 3) → features, shape (n, size / 32, size / 32, 192).

    Raises:
        ValueError: a top is asked for, or weights by name: only a file is known, see `published`.
    """
    if include_top or weights == "imagenet":
        raise ValueError("EfficientNetLite0 has no top, and its weights come from a file: --weights FILE or none.")
    inputs = keras.Input(input_shape)
    x = _normalised(layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="stem"), inputs)
    number = 0
    for kernel, stride, factor, channels, repeats in _STAGES:
        for step in range(repeats):
            x = _bottleneck(x, f"block{number}", kernel, stride if step == 0 else 1, factor, channels)
            number += 1
        x = layers.Activation("linear", name=FINE)(x) if channels == 112 else x
    model = keras.Model(inputs, x, name="efficientnet_lite0")
    if weights:
        load(model, Path(weights))
    return model


def load(model: keras.Model, file: Path) -> None:
    """Take over published weights, saved as an `.npz` of PyTorch's names and shapes (docs/train.md says how).

    Raises:
        ValueError: the file lacks a layer, or holds one of another shape.
    """
    with np.load(file) as published:
        for layer in model.layers:
            if layer.weights:
                layer.set_weights(_published(published, layer.name))


def _published(published: Mapping[str, npt.NDArray[np.float32]], name: str) -> list[npt.NDArray[np.float32]]:
    """PyTorch's (out, in, rows, columns) as Keras' (rows, columns, in, out), depthwise kernels the other way round."""
    prefix, convolution, norm = _names(name.removesuffix("_norm"))
    try:
        if name.endswith("_norm"):
            return [published[f"{prefix}{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
        axes = (2, 3, 0, 1) if convolution == "_depthwise_conv" else (2, 3, 1, 0)
        return [published[f"{prefix}{convolution}.weight"].transpose(axes)]
    except KeyError as error:
        raise ValueError(f"These are no weights of EfficientNet-Lite0: {error} is missing.") from error


def _names(name: str) -> tuple[str, str, str]:
    if name == "stem":
        return "", "_conv_stem", "_bn0"
    block, part = name.removeprefix("block").split("_")
    return f"_blocks.{block}.", *_PARTS[part]


def _bottleneck(x: Any, name: str, kernel: int, stride: int, factor: int, channels: int) -> Any:
    """An inverted residual (Sandler et al., 2018) without squeeze-and-excitation, as Lite has it."""
    inner, y = x.shape[-1] * factor, x
    if factor > 1:
        y = _normalised(layers.Conv2D(inner, 1, use_bias=False, name=f"{name}_expand"), y)
    depthwise = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise")
    y = _normalised(depthwise, y)
    project = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project")
    y = layers.BatchNormalization(name=f"{name}_project_norm")(project(y))
    return layers.Add()([x, y]) if stride == 1 and x.shape[-1] == channels else y


def _normalised(convolution: keras.layers.Layer, x: Any) -> Any:
    return layers.ReLU(6.0)(layers.BatchNormalization(name=f"{convolution.name}_norm")(convolution(x)))
