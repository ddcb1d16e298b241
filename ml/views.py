"""The views of a picture: the working image every path starts from, its small re-encodings, and its details.

Training and serving both begin with `working_image` and end with `images.to_input`, so a model never meets in
service a resampling that it was not trained on.
"""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.images import ImageFacts, Limits, read, to_input

Pixels = npt.NDArray[np.uint8]
_LONGEST = 65_500  # pixels that an edge may have for an encoder of JPEG
_DETAILED = 1.5  # a picture whose short edge is less than this many inputs loses little in the resize


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
    return facts, reduced(image, size)


def reduced(image: Image.Image, size: int) -> Image.Image:
    """Box-averaged by the largest power of two that keeps twice the model's edge of `size` pixels."""
    factor = 1
    while min(image.size) // (factor * 2) >= 2 * size:
        factor *= 2
    return image.reduce(factor) if factor > 1 else image


def reencoded(image: Image.Image, quality: int) -> Image.Image:
    """The same picture after one JPEG compression (4:2:0, as phones, sites and messengers write it).

    An edge that is longer than a JPEG can have is box-averaged before.
    """
    stream, factors = io.BytesIO(), (-(-image.width // _LONGEST), -(-image.height // _LONGEST))
    whole = image.reduce(factors) if max(factors) > 1 else image
    whole.save(stream, "JPEG", quality=quality)
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


def detail_views(image: Image.Image, size: int) -> list[Pixels]:
    """Four tiles of the working image at its own scale, one round the centre of each quarter; none of a small picture.

    A resize to the model's input erases the finest traces; a tile keeps them.
    """
    width, height = image.size
    if min(width, height) < _DETAILED * size:
        return []
    corners = [(x * width // 4 - size // 2, y * height // 4 - size // 2) for y in (1, 3) for x in (1, 3)]
    boxed = [(min(max(0, x), width - size), min(max(0, y), height - size)) for x, y in corners]
    return [np.asarray(image.crop((x, y, x + size, y + size)), dtype=np.uint8) for x, y in boxed]
