"""What compressing a picture once more would change: JPEG ghosts and error levels, without compressing it.

An orthonormal transform keeps squared errors, so both are read from cosine coefficients. Compressed at a quality it
had before, a picture changes less than at the qualities around it (Farid, 2009: JPEG ghosts). The map of the change at
one quality is the error level analysis of Krawetz (2007): a picture for people, which texture and contrast dominate.
"""

import io
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.evidence.blocks import SIDE, Plane

QUALITIES = tuple(range(50, 96, 3))
_LEVEL_QUALITY = 90  # of error level analysis, by custom
_CLEAR = 0.12  # of the error around it, that is missing at an earlier quality


def error_levels(values: Plane, orders: list[tuple[int, int]]) -> Plane:
    """Root mean square change of each block at quality 90, in grey levels of the coefficients given.

    `values` has the shape (rows, columns, orders), as `blocks.coefficients` gives it.
    """
    return np.asarray(np.sqrt(_errors(values, orders, _LEVEL_QUALITY)), np.float32)


def earlier_quality(values: Plane, orders: list[tuple[int, int]], own: int | None) -> int | None:
    """The quality below the file's `own` (None: no JPEG) where a ghost of the whole picture is clearest, or None."""
    errors = np.array([float(np.median(_errors(values, orders, quality))) for quality in QUALITIES])
    around = np.maximum((errors[:-2] + errors[2:]) / 2, 1e-6)
    dips = 1 - errors[1:-1] / around
    dips[[own is not None and quality > own - 4 for quality in QUALITIES[1:-1]]] = 0
    best = int(dips.argmax())
    return QUALITIES[best + 1] if dips[best] > _CLEAR else None


def _errors(values: Plane, orders: list[tuple[int, int]], quality: int) -> Plane:
    steps = np.array([_table(quality)[order] for order in orders], np.float32)
    left = values - steps * np.rint(values / steps)
    return np.asarray((left * left).mean(axis=-1), np.float32)


@cache
def _table(quality: int) -> npt.NDArray[np.int64]:
    """The standard luminance steps of shape (8, 8), read from Pillow itself."""
    stream = io.BytesIO()
    Image.new("L", (SIDE, SIDE)).save(stream, "JPEG", quality=quality)
    with Image.open(stream) as image:
        return np.array(getattr(image, "quantization", {})[0], np.int64).reshape(SIDE, SIDE)
