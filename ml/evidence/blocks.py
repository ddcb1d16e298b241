"""The 8 by 8 blocks that JPEG works on: their cosine coefficients, the table, and how the file stores them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.evidence import quantisation
from ml.evidence.segments import jpeg_header
from ml.images import ImageFacts

Plane = npt.NDArray[np.float32]
Grey = npt.NDArray[np.uint8]

SIDE = 8
# From upright to as stored, and back, by EXIF orientation.
_TURNS: dict[int, tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]] = {
    2: (np.fliplr, np.fliplr),
    3: (lambda plane: np.rot90(plane, 2), lambda plane: np.rot90(plane, 2)),
    4: (np.flipud, np.flipud),
    5: (np.transpose, np.transpose),
    6: (lambda plane: np.rot90(plane, 1), lambda plane: np.rot90(plane, -1)),
    7: (lambda plane: np.rot90(plane, 2).T, lambda plane: np.rot90(plane, 2).T),
    8: (lambda plane: np.rot90(plane, -1), lambda plane: np.rot90(plane, 1)),
}


class Stored(NamedTuple):
    """How a file stores its picture: EXIF orientation (1 to 8) and, of a JPEG, the luminance table of shape (8, 8)."""

    orientation: int
    table: npt.NDArray[np.int64] | None


def stored(data: bytes, facts: ImageFacts) -> Stored:
    """Read from the headers of a file that was decoded before."""
    found = quantisation.tables(jpeg_header(data)).get(0) if facts.format == "JPEG" else None
    return Stored(facts.orientation, None if found is None else quantisation.by_rows(found))


def as_stored(plane: np.ndarray, orientation: int) -> np.ndarray:
    """An upright plane turned back to how the file holds it, so that blocks begin at its first pixel."""
    return np.ascontiguousarray(_TURNS[orientation][0](plane)) if orientation in _TURNS else plane


def upright(plane: np.ndarray, orientation: int) -> np.ndarray:
    """A plane, or a map of it, turned from how the file holds it to how people see it."""
    return np.ascontiguousarray(_TURNS[orientation][1](plane)) if orientation in _TURNS else plane


def coefficients(grey: Grey, orders: list[tuple[int, int]], stride: int = 1, start: tuple[int, int] = (0, 0)) -> Plane:
    """Cosine coefficients (row frequency, column frequency) of every `stride`-th block of a grid.

    Scaled as JPEG does. Shape (block rows, block columns, orders); blocks begin at `start` (row, column).
    """
    rows, columns = ((edge - first) // SIDE for edge, first in zip(grey.shape, start, strict=True))
    whole = grey[start[0] : start[0] + rows * SIDE, start[1] : start[1] + columns * SIDE]
    taken = whole.reshape(rows, SIDE, columns, SIDE)[::stride, :, ::stride].transpose(0, 2, 1, 3)
    flat = taken.astype(np.float32).reshape(*taken.shape[:2], SIDE * SIDE)
    return np.asarray(flat @ np.stack([_wave(*order) for order in orders], axis=1), np.float32)


def _wave(down: int, across: int) -> Plane:
    """One function of the cosine transform (Ahmed, Natarajan and Rao, 1974), flat."""
    place = (2 * np.arange(SIDE) + 1) * np.pi / (2 * SIDE)
    wave = np.outer(np.cos(place * down), np.cos(place * across)) / 4
    return (wave * 2 ** (-0.5 * ((down == 0) + (across == 0)))).ravel().astype(np.float32)
