"""The network: a backbone of `keras.applications`, a branch that cannot see content, one head.

With global average pooling and a single Dense layer, the class-activation map is that layer applied to every
position of the feature map (Zhou et al., 2016): no gradient is needed to see where a model looks, and the mean of the
map is the logits. With a hidden layer the map is the whole head applied to every position; it still tells where a
model looks, but its mean is no longer the logits.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from ml.config import Network

FEATURES, AVERAGE, HIDDEN, DROPOUT, HEAD = "features", "average", "hidden", "dropout", "head"
BACKBONE, SEGMENTER = "backbone", "segmenter"
LOGITS, MASK = "logits", "mask"
CELL = 16  # pixels of the input that one cell of the mask covers


def build(network: Network, weights: str | Path | None) -> keras.Model:
    """Images of 0 to 255, shape (n, size, size, 3) → {"logits": (n, classes)}.

    With `mask_filters` also {"mask": (n, size / 16, size / 16)}: the log-odds that a place was altered. `weights` is
    "imagenet", a path of weights without a top, or None.
    """
    inputs = keras.Input((network.input_size, network.input_size, 3), name="image")
    fine, features = _backbone(network, weights)(layers.Rescaling(1 / 127.5, -1)(inputs))
    if network.residual_filters:
        features = layers.Concatenate()([features, _residual_branch(inputs, network.residual_filters)])
    outputs = {}
    if network.mask_filters:
        traces, outputs[MASK] = _segmenter(_both(fine, features, network.mask_squeeze), network.mask_filters)
        features = layers.Concatenate()([features, _strongest(traces, features.shape[1])])
    features = layers.Activation("linear", name=FEATURES)(features)
    x = layers.GlobalAveragePooling2D(name=AVERAGE)(features)
    if network.head_units:
        x = layers.Dense(network.head_units, activation="relu", name=HIDDEN)(x)
    x = layers.Dropout(network.dropout, name=DROPOUT)(x)
    outputs[LOGITS] = layers.Dense(len(network.classes), dtype="float32", name=HEAD)(x)
    return keras.Model(inputs, outputs, name="detector")


def apply_head(model: keras.Model, features: Any) -> Any:
    """The head's layers on pooled features, shape (n, channels), or on every position, (n, rows, columns, channels)."""
    for name in (HIDDEN, DROPOUT, HEAD):  # models of before the hidden layer have the last alone by name
        if any(layer.name == name for layer in model.layers):
            features = model.get_layer(name)(features)
    return features


def transfer(model: keras.Model, finished: Path) -> int:
    """Start from an earlier model: all of it where it has the same shape, else every layer of the same name and shapes.

    Returns how many layers were taken over.

    Raises:
        ValueError: it is no model of ours.
    """
    whole = keras.saving.load_model(finished, compile=False)
    if _shapes(whole) == _shapes(model):  # names that Keras counts up differ from process to process
        model.set_weights(whole.get_weights())
        return sum(bool(layer.weights) for layer in model.layers)
    earlier = {layer.name: layer for layer in whole.layers}
    taken = 0
    for layer in model.layers:
        values = earlier[layer.name].get_weights() if layer.name in earlier else []
        if values and [v.shape for v in values] == [w.shape for w in layer.get_weights()]:
            layer.set_weights(values)
            taken += 1
    return taken


def _shapes(model: keras.Model) -> list[tuple[int, ...]]:
    return [tuple(value.shape) for value in model.get_weights()]


def unfreeze(model: keras.Model, share: float) -> None:
    """Let this share of the backbone's layers learn, counted from its top: 0 none, 1 all.

    A random head's large gradients must not undo what the backbone knows, and its early layers know most.
    """
    backbone = model.get_layer(BACKBONE)
    backbone.trainable = share > 0
    weighted = [layer for layer in backbone.layers if layer.weights]
    for layer in weighted[: round((1 - share) * len(weighted))]:
        layer.trainable = False


def mask_loss(truth: Any, log_odds: Any) -> Any:
    """Cross-entropy over the cells whose truth is known (0 to 1); negative ones count nothing.

    Altered cells are few, so each weighs four times as much as an untouched one.
    """
    known = keras.ops.cast(truth >= 0, "float32")
    share = keras.ops.clip(truth, 0.0, 1.0)
    losses = keras.ops.binary_crossentropy(share, keras.ops.cast(log_odds, "float32"), from_logits=True)
    return known * losses * (1 + 3 * share)


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Let dropout depend on seed and epoch alone, so that a resumed run draws what a whole one would have drawn."""
    for layer in model.layers:
        if isinstance(layer, layers.Dropout) and layer.rate > 0:  # one without a rate draws nothing
            layer.seed_generator.state.assign(np.array([seed, epoch], "uint32"))


def _backbone(network: Network, weights: str | Path | None) -> keras.Model:
    family = getattr(keras.applications, network.backbone)
    width = {"alpha": network.alpha} if network.alpha else {}
    model = family(
        include_top=False,
        weights=None if weights is None else str(weights),
        input_shape=(network.input_size, network.input_size, 3),
        **width,
    )
    fine = next(layer.output for layer in reversed(model.layers) if layer.output.shape[1] == network.input_size // CELL)
    return keras.Model(model.input, [fine, model.output], name=BACKBONE)


def _both(fine: Any, coarse: Any, squeeze: int) -> Any:
    """Fine and coarse features at 1/16 of the input: one beside the other, or squeezed to so many channels and added.

    Squeezed before the coarse ones are enlarged and before each place looks round itself, they cost an eighth.
    """
    larger = layers.UpSampling2D(fine.shape[1] // coarse.shape[1])
    if not squeeze:
        return layers.Concatenate()([fine, larger(coarse)])
    near, wide = (layers.Conv2D(squeeze, 1, use_bias=False, name=f"{SEGMENTER}_{n}") for n in ("fine", "coarse"))
    return _activated(layers.Add(), [near(fine), larger(wide(coarse))])


def _segmenter(both: Any, filters: int) -> tuple[Any, Any]:
    """Traces of alterations at 1/16 of the input, shape (n, rows, columns, filters), and their log-odds there."""
    traces = _activated(layers.Conv2D(filters, 3, padding="same", use_bias=False, name=SEGMENTER), both)
    log_odds = layers.Conv2D(1, 1, dtype="float32")(traces)
    return traces, layers.Reshape(log_odds.shape[1:3], name=MASK)(log_odds)


def _strongest(traces: Any, edge: int) -> Any:
    """The strongest trace anywhere, told to every place: an average over the picture would drown a small edit."""
    strongest = layers.Reshape((1, 1, traces.shape[-1]))(layers.GlobalMaxPooling2D()(traces))
    return layers.UpSampling2D(edge)(strongest)


def _residual_branch(inputs: Any, filters: int) -> Any:
    """Noise residuals through a few strided separable convolutions, down to the backbone's 1/32 of the input."""
    x = layers.Rescaling(1 / 16.0)(_high_pass(inputs))
    x = _activated(layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False), x)
    for step in range(1, 5):
        x = _activated(layers.SeparableConv2D(min(filters * 2**step, 128), 3, padding="same", use_bias=False), x)
        x = layers.MaxPooling2D(2)(x)
    return x


def _activated(layer: keras.layers.Layer, x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(layer(x)))


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
