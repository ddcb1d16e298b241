"""The network: a backbone of `keras.applications`, a branch that cannot see content, one head.

With global average pooling and a single Dense layer, the class-activation map is that layer applied to every
position of the feature map (Zhou et al., 2016): no gradient is needed to see where a model looks.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from ml.config import Network

FEATURES, HEAD, BACKBONE = "features", "head", "backbone"


def build(network: Network, weights: str | Path | None) -> keras.Model:
    """Images of 0 to 255, shape (n, size, size, 3) → logits of shape (n, classes).

    `weights` is "imagenet", a path of weights without a top, or None.
    """
    inputs = keras.Input((network.input_size, network.input_size, 3), name="image")
    features = _backbone(network, weights)(layers.Rescaling(1 / 127.5, -1)(inputs))
    if network.residual_filters:
        features = layers.Concatenate()([features, _residual_branch(inputs, network.residual_filters)])
    features = layers.Activation("linear", name=FEATURES)(features)
    pooled = layers.Dropout(network.dropout)(layers.GlobalAveragePooling2D()(features))
    logits = layers.Dense(len(network.classes), dtype="float32", name=HEAD)(pooled)
    return keras.Model(inputs, logits, name="detector")


def freeze_backbone(model: keras.Model, frozen: bool) -> None:
    """First stage: a random head's large gradients must not undo what the backbone knows."""
    model.get_layer(BACKBONE).trainable = not frozen


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Let dropout depend on seed and epoch alone, so that a resumed run draws what a whole one would have drawn."""
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.seed_generator.state.assign(np.array([seed, epoch], "uint32"))


def _backbone(network: Network, weights: str | Path | None) -> keras.Model:
    family = getattr(keras.applications, network.backbone)
    width = {} if network.alpha is None else {"alpha": network.alpha}
    model = family(
        include_top=False,
        weights=None if weights is None else str(weights),
        input_shape=(network.input_size, network.input_size, 3),
        **width,
    )
    model.name = BACKBONE
    return model


def _residual_branch(inputs: Any, filters: int) -> Any:
    """Noise residuals through a few strided separable convolutions, down to the backbone's 1/32 of the input."""
    x = layers.Rescaling(1 / 16.0)(_high_pass(inputs))
    x = _activated(layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False), x)
    for step in range(1, 5):
        x = _activated(layers.SeparableConv2D(min(filters * 2**step, 128), 3, padding="same", use_bias=False), x)
        x = layers.MaxPooling2D(2)(x)
    return x


def _activated(convolution: keras.layers.Layer, x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(convolution(x)))


def _high_pass(inputs: Any) -> Any:
    """Fixed second differences along rows, columns and both, for each colour (Fridrich and Kodovsky, 2012)."""
    line = np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]], np.float32)
    square = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 2
    kernels = np.stack([line, line.T, square], axis=-1)[:, :, None, :].repeat(3, axis=2)
    fixed = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=3, use_bias=False, name="high_pass")
    residuals = fixed(inputs)
    fixed.set_weights([kernels])
    fixed.trainable = False
    return residuals
