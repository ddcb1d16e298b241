"""What happens to a picture on its way through the internet, and to the mask of what was altered in it."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ml.config import Degradation
from ml.images import to_input
from ml.views import Pixels, reencoded, scaled

Mask = Image.Image  # mode L, as large as its picture, 255 where it was altered


def degraded_copy(image: Image.Image, size: int, how: Degradation, rng: np.random.Generator) -> Image.Image:
    """One random journey through the internet: what a person might upload instead of the original.

    The chance of each step is the same for each class: a step that only one class undergoes is the first thing that
    a network learns.
    """
    return _travelled(_framed(image, None, size, how, rng)[0], size, how, rng)


def degrade(
    image: Image.Image, mask: Mask | None, size: int, how: Degradation, rng: np.random.Generator
) -> tuple[Pixels, Mask | None]:
    """A degraded copy as a model input, uint8 (size, size, 3), with noise and other light on top, and its mask."""
    image, mask = _framed(image, mask, size, how, rng)
    pixels = to_input(_travelled(image, size, how, rng), size)
    if rng.random() < how.noise:
        pixels = _noisy(pixels, rng.uniform(*how.noise_sigma), rng)
    return (_relit(pixels, rng) if rng.random() < how.light else pixels), mask


def to_grid(mask: Mask, cells: int) -> npt.NDArray[np.float32]:
    """The altered share of each cell, 0 to 1, shape (cells, cells)."""
    return np.asarray(mask.resize((cells, cells), Image.Resampling.BOX), dtype=np.float32) / np.float32(255)


def _framed(
    image: Image.Image, mask: Mask | None, size: int, how: Degradation, rng: np.random.Generator
) -> tuple[Image.Image, Mask | None]:
    """What moves pixels from their place, alike for picture and mask: a tile, a crop, a mirror."""
    box = _box(image.size, size, how, rng)
    image, mask = image.crop(box), mask and mask.crop(box)
    if rng.random() < how.flip:
        mirror = Image.Transpose.FLIP_LEFT_RIGHT
        image, mask = image.transpose(mirror), mask and mask.transpose(mirror)
    return image, mask


def _box(edges: tuple[int, int], size: int, how: Degradation, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, upper, right and lower edge of a tile as large as the input, of a crop, or of the whole."""
    width, height = edges
    if rng.random() < how.tile and min(edges) > size:
        width = height = size
    elif rng.random() < how.crop:
        width, height = _crop(edges, size, how, rng)
    left, top = int(rng.integers(edges[0] - width + 1)), int(rng.integers(edges[1] - height + 1))
    return left, top, left + width, top + height


def _crop(edges: tuple[int, int], size: int, how: Degradation, rng: np.random.Generator) -> tuple[int, int]:
    """A crop of `crop_area` of the picture; a large picture may be cropped down to the model's own scale.

    Were it always shrunk as a whole, sharpness would tell the sets with large pictures from the others.
    """
    least = min(np.sqrt(how.crop_area[0]), size / min(edges))
    share = rng.uniform(least, np.sqrt(how.crop_area[1]))
    stretch = np.exp(rng.uniform(-1, 1) * np.log(how.crop_aspect) / 2)
    wanted = (edges[0] * share * stretch, edges[1] * share / stretch)
    return min(edges[0], max(8, round(wanted[0]))), min(edges[1], max(8, round(wanted[1])))


def _travelled(image: Image.Image, size: int, how: Degradation, rng: np.random.Generator) -> Image.Image:
    """What changes the pixels where they are: made smaller, blurred, saved again."""
    if rng.random() < how.shrink:
        image = scaled(image, rng.uniform(*how.shrink_to))
    if rng.random() < how.blur:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(*how.blur_radius)))
    if rng.random() < how.jpeg:
        image = reencoded(_at_most(image, 2 * size), int(rng.integers(*how.jpeg_quality, endpoint=True)))
    if rng.random() < how.webp:
        image = _webp(_at_most(image, 2 * size), int(rng.integers(*how.jpeg_quality, endpoint=True)))
    return image


def _webp(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=quality, method=0)  # method 0: the quickest; the traces are those of the format
    with Image.open(stream) as saved:
        return saved.convert("RGB")


def _at_most(image: Image.Image, edge: int) -> Image.Image:
    """Bound the cost of saving again: what is far larger than the input loses its traces in the resize anyhow."""
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
