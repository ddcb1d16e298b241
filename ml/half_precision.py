"""Weights that half precision holds exactly, so that a model of half the size says what the trained one says.

Rounding is done once, in Keras: what LiteRT stores is then what Keras computes with. That needs care where a
convolution is followed by batch normalisation, because the converter folds both into one kernel before it rounds. The
scale of such a kernel is free (what follows divides by it), so it is chosen to make the folding a power of two.
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

Values = npt.NDArray[np.float32]
_DEAD = 2.0**-12  # of standard deviations: a channel that varies less says nothing and is made constant


def halve(model: keras.Model) -> None:
    """Round every weight of the network to half precision, in place; a second call changes nothing."""
    folded = list(_normalised(model))
    for convolution, norm in folded:
        _rescale(convolution, norm)
    with_norm = {id(layer) for pair in folded for layer in pair}
    for layer in _all(model):
        if isinstance(layer, layers.Rescaling):  # its factor is stored like a weight
            layer.scale, layer.offset = float(np.float16(layer.scale)), float(np.float16(layer.offset))
        elif layer.weights and id(layer) not in with_norm:
            layer.set_weights([_rounded(value) for value in layer.get_weights()])


def _all(model: keras.Model) -> Iterator[Any]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _all(layer)
        elif not isinstance(layer, layers.Dropout):  # whose only variable is the state of its dice
            yield layer


def _normalised(model: keras.Model) -> Iterator[tuple[Any, Any]]:
    """Each convolution whose only reader is a batch normalisation, with it."""
    for layer in _all(model):
        if isinstance(layer, layers.BatchNormalization):
            before = layer.input._keras_history.operation
            if isinstance(before, layers.Conv2D | layers.DepthwiseConv2D) and not before.use_bias:
                yield before, layer


def _rescale(convolution: Any, norm: Any) -> None:
    """Scale each output channel so that `gamma / sqrt(variance)` is a power of two, and round what comes of it.

    Rounded is the folded kernel, as the converter does it: a small one keeps fewer digits, in Keras then too.
    """
    (kernel,), (gamma, beta, mean, variance) = convolution.get_weights(), norm.get_weights()
    alive = np.abs(gamma) > _DEAD
    ratio = np.where(alive, gamma, 1.0) / np.sqrt(variance + norm.epsilon)
    power = np.exp2(np.floor(np.log2(np.abs(ratio)))).astype(np.float32)
    scale = (ratio / power).astype(np.float32)  # of size 1 to 2, so that no variance gets negative
    whole = _along_channels(scale * power, kernel, convolution)
    kernel = _rounded(kernel * whole) / _along_channels(power, kernel, convolution)
    mean, variance = mean * scale, (variance + norm.epsilon) * scale**2 - norm.epsilon
    gamma = np.where(alive, np.abs(gamma), 0.0)
    folded = gamma / np.sqrt(variance + norm.epsilon)
    convolution.set_weights([kernel])
    norm.set_weights([gamma, _rounded(beta - mean * folded) + mean * folded, mean, variance])


def _along_channels(scale: Values, kernel: Values, convolution: Any) -> Values:
    """Shaped to multiply a kernel (rows, columns, in, out), or a depthwise one (rows, columns, in, multiplier)."""
    if isinstance(convolution, layers.DepthwiseConv2D):
        return scale.reshape(kernel.shape[2:])
    return scale


def _rounded(values: Values) -> Values:
    return values.astype(np.float16).astype(np.float32)
