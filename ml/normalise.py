"""One and the same crop, resize and compression for both classes of a source whose files give the class away."""

import io

import numpy as np
from PIL import Image

_SHORT_EDGE = (224, 320)
_QUALITY = (60, 95)
_ASPECT = 1.5  # a longer picture is cropped to this shape


def normalised(image: Image.Image, sha256: str) -> Image.Image:
    """The picture cropped at the centre, shrunk to a short edge of 224 to 320 pixels and saved as JPEG 60 to 95.

    Edge and quality are drawn from the file's own hash: neither depends on the class.
    """
    with Image.open(io.BytesIO(normalised_file(image, sha256))) as saved:
        return saved.convert("RGB")


def normalised_file(image: Image.Image, sha256: str) -> bytes:
    """The JPEG file (4:2:0) whose pixels `normalised` gives."""
    rng = np.random.default_rng(int(sha256[:16], 16))
    image = image.crop(_centre(image.size))
    factor = min(1.0, int(rng.integers(*_SHORT_EDGE, endpoint=True)) / min(image.size))
    small = image.resize([max(1, round(edge * factor)) for edge in image.size], Image.Resampling.BILINEAR)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=int(rng.integers(*_QUALITY, endpoint=True)))
    return stream.getvalue()


def framed_mask(mask: Image.Image, edges: tuple[int, int]) -> Image.Image:
    """The mask of a picture after `normalised` gave it these edges, in pixels."""
    return mask.crop(_centre(mask.size)).resize(edges, Image.Resampling.BOX)


def _centre(edges: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest box at the centre that is at most `_ASPECT` times as long as it is wide."""
    longest = round(min(edges) * _ASPECT)
    width, height = (min(edge, longest) for edge in edges)
    left, top = (edges[0] - width) // 2, (edges[1] - height) // 2
    return left, top, left + width, top + height
