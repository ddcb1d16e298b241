"""Where a picture equals itself under a transform: a hypothesis of a copy, verified pixel by pixel."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence.alignment import aligned, warped

Plane = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Transform = npt.NDArray[np.float64]  # 2 by 3: where the pixel (x, y) has its equal
Box = tuple[slice, slice]  # rows, columns

_CELL = 4  # pixels of the coarse look, which finds the boxes worth an exact one
_COARSE_AGREEMENT = 0.7
_COARSE_CELLS = 6
_BOXES = 3  # looked at exactly for one transform
_MARGIN = 12  # pixels round a coarse box
_WINDOW = 7  # pixels of the exact look
_NOISE = 0.25  # variance, and difference two pixels off, below which a window is flat: compressed ones are all equal
_BLOCK, _BLOCK_NOISE = 8, 4.0  # after a move by whole blocks of JPEG, windows of few coefficients are equal as well
_AGREEMENT = 0.9
_NUDGES = ((2, 0), (-2, 0), (0, 2), (0, -2), (2, 2), (-2, -2), (2, -2), (-2, 2))
_SHARP = 0.5  # of the least difference two pixels off: along an edge every shift fits, in a copy one does
_JOIN = 9  # pixels of gaps that noise leaves within a region
_LEAST_AREA = 30


@dataclass(frozen=True, slots=True)
class Picture:
    """Luma of shape (height, width), 0 to 255, with its mean and mean square over coarse windows."""

    luma: Plane
    mean: Plane
    square: Plane


@dataclass(frozen=True, slots=True)
class Region:
    """Pixels of `box` that have their equal where `transform` sends them.

    `difference` is the root mean square one, in grey levels; `overlap` the share that the region's own equal covers.
    """

    transform: Transform
    box: Box
    mask: Flags
    difference: float
    overlap: float

    @property
    def area(self) -> int:
        """In pixels."""
        return int(self.mask.sum())


def prepare(luma: Plane) -> Picture:
    """What the coarse looks of all transforms share."""
    return Picture(luma, _coarse(luma), _coarse(luma * luma))


def regions(picture: Picture, transform: Transform) -> Iterator[Region]:
    """The parts of the picture that equal others under this transform."""
    for box in _boxes(picture, transform):
        yield from _exact(picture.luma, transform, box)


def _boxes(picture: Picture, transform: Transform) -> list[Box]:
    """Boxes of adjacent coarse windows that agree; the transform may still be a pixel off."""
    other = warped(picture.luma, transform, (slice(0, picture.luma.shape[0]), slice(0, picture.luma.shape[1])))
    mean, square = _coarse(other), _coarse(other * other)
    difference = _coarse((picture.luma - other) ** 2)
    agreement, variance = _concordance(picture.mean, picture.square, mean, square, difference)
    agrees = ((agreement > _COARSE_AGREEMENT) & (variance > _NOISE)).astype(np.uint8)
    opened = cv2.morphologyEx(agrees, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(cv2.dilate(opened, np.ones((3, 3), np.uint8)))
    largest = sorted(boxes[1:], key=lambda row: -row[cv2.CC_STAT_AREA])[:_BOXES]
    return [_in_pixels(row, picture.luma.shape) for row in largest if row[cv2.CC_STAT_AREA] >= _COARSE_CELLS + 9]


def _coarse(values: Plane) -> Plane:
    """Means over windows of two by two cells, at every cell."""
    rows, columns = max(values.shape[0] // _CELL, 1), max(values.shape[1] // _CELL, 1)
    cells = cv2.resize(values[: rows * _CELL, : columns * _CELL], (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(cells, (2, 2)), np.float32)


def _in_pixels(row: npt.NDArray[np.int32], shape: tuple[int, ...]) -> Box:
    left, top, width, height = (int(value) * _CELL for value in row[:4])
    return (
        slice(max(top - _MARGIN, 0), min(top + height + _MARGIN, shape[0])),
        slice(max(left - _MARGIN, 0), min(left + width + _MARGIN, shape[1])),
    )


def _exact(luma: Plane, transform: Transform, box: Box) -> Iterator[Region]:
    if not is_plain(transform):
        transform = aligned(luma, transform, box)
    own, other = luma[box], warped(luma, transform, box)
    difference = _mean((own - other) ** 2)
    agreement, variance = _concordance(_mean(own), _mean(own * own), _mean(other), _mean(other * other), difference)
    nudged = _nudged(own, other)
    noise = _BLOCK_NOISE if is_plain(transform) and not (transform[:, 2] % _BLOCK).any() else _NOISE
    core = (agreement > _AGREEMENT) & (difference < _SHARP * nudged) & (np.minimum(variance, nudged) > noise)
    for mask in _components(core):
        if _is_print(own[mask]):
            continue
        covered = (mask & _moved(mask, transform, box)).sum() / mask.sum()
        yield Region(transform, box, mask, float(np.sqrt(((own - other)[mask] ** 2).mean())), float(covered))


def _is_print(values: Plane) -> bool:
    """Whether the grey levels are few for how far they spread, as on screens and in drawings, which repeat themselves.

    As many levels as two to the power of their entropy; a normal distribution has four times its standard deviation.
    """
    share = np.bincount(values.astype(np.int64)) / len(values)
    share = share[share > 0]
    return bool(2 ** -(share * np.log2(share)).sum() < values.std())


def inverse(transform: Transform) -> Transform:
    """The way back."""
    return np.asarray(cv2.invertAffineTransform(transform), np.float64)


def is_plain(transform: Transform) -> bool:
    """Whether it moves by whole pixels: then the copy is exact, and a search would only smooth the noise away."""
    return bool(np.array_equal(transform, np.column_stack([np.eye(2), transform[:, 2].round()])))


def _concordance(mean: Plane, square: Plane, its: Plane, its_square: Plane, difference: Plane) -> tuple[Plane, Plane]:
    """Lin (1989): 1 - E[(a - b)^2] / (Var a + Var b + (E a - E b)^2), and the lesser variance."""
    variance, its_variance = square - mean * mean, its_square - its * its
    agreement = 1 - difference / np.maximum(variance + its_variance + (mean - its) ** 2, 1e-3)
    return agreement, np.minimum(variance, its_variance)


def _nudged(own: Plane, other: Plane) -> Plane:
    """The least mean square difference when the equal is taken two pixels off, in eight directions."""
    nudged = [_mean((own - np.roll(other, nudge, (1, 0))) ** 2) for nudge in _NUDGES]
    return np.asarray(np.minimum.reduce(nudged), np.float32)


def _components(core: Flags) -> Iterator[Flags]:
    opened = cv2.morphologyEx(core.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(cv2.dilate(opened, np.ones((_JOIN, _JOIN), np.uint8)))
    labels[opened == 0] = 0
    areas = np.bincount(labels.ravel(), minlength=count)
    for number in np.flatnonzero(areas[1:] >= _LEAST_AREA) + 1:
        yield labels == number


def _moved(mask: Flags, transform: Transform, box: Box) -> Flags:
    """The pixels of the box that the equals of the mask cover."""
    rows, columns = box
    shift = np.array([[1, 0, columns.start], [0, 1, rows.start], [0, 0, 1]], np.float64)
    within = np.linalg.inv(shift) @ np.vstack([transform, [0, 0, 1]]) @ shift
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), within[:2], mask.shape[::-1], flags=cv2.INTER_NEAREST) > 0)


def _mean(values: Plane) -> Plane:
    return np.asarray(cv2.blur(values, (_WINDOW, _WINDOW)), np.float32)
