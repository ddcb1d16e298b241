"""Small generators: autoencoders that give a photograph back with the traces of their up-sampling in it.

Fakes whose content is that of authentic photographs leave a detector nothing to learn but the trace (Zhang, Karaman
and Chang, 2019; Rajan et al., 2025). The designs differ in how they up-sample, how far they reduce, what they were
trained to keep and what stands in the bottleneck. Only layers and operations of Keras 3 are used: any backend will do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

Tensor = Any
_WIDTH = 24
_GROUP = 2  # latent channels that are quantised together
_CODES = 64


@dataclass(frozen=True, slots=True)
class Design:
    """`halvings` of the edge between picture and latents, of which there are `latents` channels."""

    name: str
    up: str
    halvings: int
    latents: int
    loss: str
    bottleneck: str = "plain"

    @property
    def multiple(self) -> int:
        """What both edges of an input must be divisible by, in pixels."""
        return 1 << self.halvings


DESIGNS = {
    design.name: design
    for design in (
        Design("transposed_x4", "transposed", 2, 24, "l1"),
        Design("nearest_x4", "nearest", 2, 24, "l2"),
        Design("bilinear_x4", "bilinear", 2, 24, "gradient"),
        Design("shuffle_x4", "shuffle", 2, 24, "l1"),
        Design("quantised_x4", "nearest", 2, 32, "l2", "quantised"),
        Design("variational_x4", "bilinear", 2, 32, "l2", "variational"),
        Design("transposed_x8", "transposed", 3, 64, "l2"),
        Design("shuffle_x2", "shuffle", 1, 6, "l2"),
    )
}


@keras.saving.register_keras_serializable(package="fakedetect")
class PixelShuffle(layers.Layer):  # type: ignore[misc]  # keras has no types
    """(n, h, w, 4 c) → (n, 2 h, 2 w, c): four channels become a block of 2x2 (Shi et al., 2016)."""

    def call(self, x: Tensor) -> Tensor:
        _, height, width, channels = ops.shape(x)
        blocks = ops.reshape(x, (-1, height, width, 2, 2, channels // 4))
        return ops.reshape(ops.transpose(blocks, (0, 1, 3, 2, 4, 5)), (-1, 2 * height, 2 * width, channels // 4))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        count, height, width, channels = shape
        return count, height and 2 * height, width and 2 * width, (channels or 0) // 4


@keras.saving.register_keras_serializable(package="fakedetect")
class Quantised(layers.Layer):  # type: ignore[misc]
    """Each pair of channels becomes the nearest of 64 learned pairs; gradients pass straight through.

    The bottleneck of VQ-VAE (van den Oord et al., 2017) with several small codebooks side by side.
    """

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.groups = (shape[-1] or 0) // _GROUP
        self.codes = self.add_weight(shape=(self.groups, _CODES, _GROUP), initializer="random_normal", name="codes")
        self.codes.assign(self.codes * 20)  # Keras' normal has a deviation of 0.05; the input's is 1

    def call(self, x: Tensor) -> Tensor:
        grouped = ops.reshape(x, (*ops.shape(x)[:3], self.groups, _GROUP))
        near = 2 * ops.einsum("nhwgd,gkd->nhwgk", grouped, self.codes) - ops.sum(self.codes**2, axis=-1)
        index = ops.argmax(near, axis=-1) + ops.arange(self.groups) * _CODES
        chosen = ops.take(ops.reshape(self.codes, (-1, _GROUP)), index, axis=0)
        self.add_loss(0.1 * ops.mean((chosen - ops.stop_gradient(grouped)) ** 2))
        self.add_loss(0.01 * ops.mean((ops.stop_gradient(chosen) - grouped) ** 2))
        return ops.reshape(grouped + ops.stop_gradient(chosen - grouped), ops.shape(x))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return shape


@keras.saving.register_keras_serializable(package="fakedetect")
class Sampled(layers.Layer):  # type: ignore[misc]
    """Mean and log variance (n, h, w, 2 c) → a draw (n, h, w, c) in training, the mean afterwards.

    The bottleneck of a variational autoencoder (Kingma and Welling, 2014) with a light divergence term.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.draws = keras.random.SeedGenerator(1)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        mean, spread = ops.split(x, 2, axis=-1)
        spread = ops.clip(spread, -12.0, 6.0)
        self.add_loss(1e-4 * ops.mean(mean**2 + ops.exp(spread) - spread - 1))
        if not training:
            return mean
        return mean + ops.exp(spread / 2) * keras.random.normal(ops.shape(mean), seed=self.draws)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*shape[:-1], (shape[-1] or 0) // 2)


def build(design: Design) -> keras.Model:
    """Pictures of 0 to 255, shape (n, height, width, 3), to pictures of the same shape.

    Fully convolutional: height and width are any multiples of `design.multiple`.
    """
    inputs = keras.Input((None, None, 3), name="image")
    x = picture = layers.Rescaling(1 / 127.5, -1)(inputs)
    for step in range(design.halvings):
        x = _activated(layers.Conv2D(_WIDTH * 2**step, 4, strides=2, padding="same"), x)
    x = _bottleneck(design, _residual(x))
    x = _residual(_activated(layers.Conv2D(_WIDTH * 2 ** (design.halvings - 1), 3, padding="same"), x))
    for step in reversed(range(design.halvings)):
        x = _UPS[design.up](x, max(_WIDTH * 2 ** (step - 1), 16) if step else 16)
    x = layers.Add()([_coarse(design, picture), layers.Conv2D(3, 3, padding="same")(x)])
    return keras.Model(inputs, layers.Rescaling(127.5, 127.5)(x), name=design.name)


def loss_of(design: Design) -> Callable[[Tensor, Tensor], Tensor]:
    """Mean absolute error, mean squared error, or the former with that of the differences of neighbours.

    Raises:
        KeyError: no such loss.
    """
    return _LOSSES[design.loss]


def _coarse(design: Design, picture: Tensor) -> Tensor:
    """The picture's colours at the size of the latents, enlarged: the rest of the decoder has only detail to add."""
    small = layers.AveragePooling2D(design.multiple)(picture)
    return layers.UpSampling2D(design.multiple, interpolation="bilinear")(small)


def _bottleneck(design: Design, x: Tensor) -> Tensor:
    if design.bottleneck == "quantised":
        # Over pictures and places: normalised over channels, a latent can be constant and needs one code alone.
        normal = layers.BatchNormalization(center=False, scale=False, momentum=0.9)
        return Quantised()(normal(layers.Conv2D(design.latents, 1)(x)))
    if design.bottleneck == "variational":
        return Sampled()(layers.Conv2D(2 * design.latents, 1)(x))
    return layers.Conv2D(design.latents, 1)(x)


def _residual(x: Tensor) -> Tensor:
    channels = x.shape[-1]
    inner = _activated(layers.Conv2D(channels, 3, padding="same"), x)
    return layers.Add()([x, layers.Conv2D(channels, 3, padding="same")(inner)])


def _activated(convolution: keras.layers.Layer, x: Tensor) -> Tensor:
    return layers.LeakyReLU(negative_slope=0.1)(convolution(x))


def _transposed(x: Tensor, channels: int) -> Tensor:
    return _activated(layers.Conv2DTranspose(channels, 4, strides=2, padding="same"), x)


def _nearest(x: Tensor, channels: int) -> Tensor:
    return _activated(layers.Conv2D(channels, 3, padding="same"), layers.UpSampling2D(2, interpolation="nearest")(x))


def _bilinear(x: Tensor, channels: int) -> Tensor:
    return _activated(layers.Conv2D(channels, 3, padding="same"), layers.UpSampling2D(2, interpolation="bilinear")(x))


def _shuffled(x: Tensor, channels: int) -> Tensor:
    return layers.LeakyReLU(negative_slope=0.1)(PixelShuffle()(layers.Conv2D(4 * channels, 3, padding="same")(x)))


def _absolute(wanted: Tensor, made: Tensor) -> Tensor:
    return ops.mean(ops.abs(wanted - made)) / 127.5


def _squared(wanted: Tensor, made: Tensor) -> Tensor:
    return 4 * ops.mean(((wanted - made) / 127.5) ** 2)


def _with_gradient(wanted: Tensor, made: Tensor) -> Tensor:
    error = (wanted - made) / 127.5
    along, down = error[:, :, 1:] - error[:, :, :-1], error[:, 1:] - error[:, :-1]
    return ops.mean(ops.abs(error)) + ops.mean(ops.abs(along)) + ops.mean(ops.abs(down))


_UPS = {"transposed": _transposed, "nearest": _nearest, "bilinear": _bilinear, "shuffle": _shuffled}
_LOSSES = {"l1": _absolute, "l2": _squared, "gradient": _with_gradient}
