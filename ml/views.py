"""The views of a picture: the working image every path starts from, its small re-encodings, and its degradation.

Training and serving both begin with `working_image` and end with `images.to_input`, so a model never meets in
service a resampling that it was not trained on.
"""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ml.config import Degradation
from ml.images import ImageFacts, Limits, read, to_input

Pixels = npt.NDArray[np.uint8]


def working_image(data: bytes, size: int, limits: Limits | None = None) -> Image.Image:
    """The picture of `working_picture` alone."""
    return working_picture(data, size, limits)[1]


def working_picture(data: bytes, size: int, limits: Limits | None = None) -> tuple[ImageFacts, Image.Image]:
    """Check, and decode to upright RGB at the smallest power-of-two scale that keeps twice the model's edge.

    JPEG is scaled while it is decoded; any other format is box-averaged afterwards, which is the same operation on
    the low frequencies. `size` is the model's input edge in pixels.

    Raises:
        InvalidImage: whatever `images.decode` raises.
    """
    facts, image = read(data, limits, at_least=2 * size)
    factor = 1
    while min(image.size) // (factor * 2) >= 2 * size:
        factor *= 2
    return facts, image.reduce(factor) if factor > 1 else image


def reencoded(image: Image.Image, quality: int) -> Image.Image:
    """The same picture after one JPEG compression (4:2:0, as phones, sites and messengers write it)."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    with Image.open(stream) as saved:
        return saved.convert("RGB")


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """The same picture with edges of `factor` of their length, antialiased."""
    width, height = (max(8, round(edge * factor)) for edge in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR)


def stability_views(image: Image.Image, size: int) -> list[Pixels]:
    """The picture as it is, after JPEG 75, at half size and mirrored: four model inputs of shape (size, size, 3).

    A verdict should not depend on any of these; their mean is steadier than one view by itself.
    """
    views = [to_input(view, size) for view in (image, reencoded(image, 75), scaled(image, 0.5))]
    return [*views, np.ascontiguousarray(views[0][:, ::-1])]


def degraded_copy(image: Image.Image, size: int, how: Degradation, rng: np.random.Generator) -> Image.Image:
    """One random journey through the internet: what a person might upload instead of the original.

    The chance of each step is the same for each class: a step that only one class undergoes is the first thing that
    a network learns.
    """
    if rng.random() < how.crop:
        image = _cropped(image, size, how, rng)
    if rng.random() < how.shrink:
        image = scaled(image, rng.uniform(*how.shrink_to))
    if rng.random() < how.blur:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(*how.blur_radius)))
    if rng.random() < how.jpeg:
        image = reencoded(_at_most(image, 2 * size), int(rng.integers(*how.jpeg_quality, endpoint=True)))
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < how.flip else image


def degrade(image: Image.Image, size: int, how: Degradation, rng: np.random.Generator) -> Pixels:
    """A degraded copy as a model input, uint8 (size, size, 3), with noise and other light on top."""
    pixels = to_input(degraded_copy(image, size, how, rng), size)
    if rng.random() < how.noise:
        pixels = _noisy(pixels, rng.uniform(*how.noise_sigma), rng)
    return _relit(pixels, rng) if rng.random() < how.light else pixels


def _cropped(image: Image.Image, size: int, how: Degradation, rng: np.random.Generator) -> Image.Image:
    """A crop of `crop_area` of the picture; a large picture may be cropped down to the model's own scale.

    Were it always shrunk as a whole, sharpness would tell the sets with large pictures from the others.
    """
    least = min(np.sqrt(how.crop_area[0]), size / min(image.size))
    share = rng.uniform(least, np.sqrt(how.crop_area[1]))
    stretch = np.exp(rng.uniform(-1, 1) * np.log(how.crop_aspect) / 2)
    width, height = image.size
    crop_width = min(width, max(8, round(width * share * stretch)))
    crop_height = min(height, max(8, round(height * share / stretch)))
    left, top = int(rng.integers(width - crop_width + 1)), int(rng.integers(height - crop_height + 1))
    return image.crop((left, top, left + crop_width, top + crop_height))


def _at_most(image: Image.Image, edge: int) -> Image.Image:
    """Bound the cost of a JPEG round trip: what is far larger than the input loses its traces in the resize anyhow."""
    return scaled(image, edge / min(image.size)) if min(image.size) > edge else image


def _noisy(pixels: Pixels, sigma: float, rng: np.random.Generator) -> Pixels:
    noise = rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(sigma)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _relit(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Contrast by up to 20 % and brightness by up to 20 levels."""
    contrast, brightness = rng.uniform(0.8, 1.2), rng.uniform(-20, 20)
    levels = np.clip((np.arange(256) - 128) * contrast + 128 + brightness, 0, 255).astype(np.uint8)
    relit: Pixels = levels[pixels]
    return relit
