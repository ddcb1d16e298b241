"""Parts of a picture that carry the 8 by 8 grid of an earlier JPEG out of step with the file's own.

On the grid where a part was once compressed, more cosine coefficients are nearly zero than on any other (Nikoukhah et
al., 2019, count whole zeros; a few orders and a soft bound stay quick and outlive a later fine compression). The
offset in which a part differs from the rest of the picture is where it was cut from another grid.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence.blocks import SIDE, Grey, Plane
from ml.evidence.regions import Flags, strongest

_ORDERS = ((0, 3), (3, 0), (1, 3), (3, 1), (2, 2), (0, 5), (5, 0), (2, 4), (4, 2))
_ZERO = 2.0  # grey levels: a fine later compression and rounding move a zero less far
_WINDOW = 9  # blocks, over which counts are averaged
_CLEAR = 2.5  # deviations by which one offset stands out from the others at a place
_LARGEST, _ELSEWHERE = 0.6, 0.7  # share of what is not plain, and deviations outside, of an offset of the whole
_PLAIN = 8.5  # of nine: where nearly every coefficient is zero whatever the offset, none stands out
_OUTLIER = 1.48  # median absolute deviations in one standard deviation
# Along the file's own rows or columns its own grid speaks, so only offsets in both directions count.
_OFFSETS = [(row, column) for row in range(1, SIDE) for column in range(1, SIDE)]


class Shifted(NamedTuple):
    """The part that is out of step most clearly.

    `score` is 0 where none is; `offset` (row, column) in pixels and `region`, a map of blocks, are of that part;
    `evidence` are the deviations of its offset; `whole` is an offset that all of the picture has, None without one.
    """

    score: float
    offset: tuple[int, int] | None
    region: Flags
    evidence: Plane
    whole: tuple[int, int] | None


def examine(grey: Grey) -> Shifted:
    """`grey` as the file stores it, uint8 of at least 128 by 128 pixels."""
    deviations, told = _deviations(_counts(grey))
    best = Shifted(0.0, None, np.zeros(deviations.shape[:2], bool), deviations[..., 0], None)
    clearest = 0.0
    for number, offset in enumerate(_OFFSETS):
        plane = np.ascontiguousarray(deviations[..., number])
        if plane.max() <= _CLEAR:
            continue
        region = strongest(plane > _CLEAR, plane)
        if _everywhere(plane, region.mask, told):
            if (mean := float(plane.mean())) > clearest:  # an old grid's neighbours stand out a little as well
                best, clearest = best._replace(whole=offset), mean
        elif (score := region.total / plane.size**0.5) > best.score:
            best = best._replace(score=score, offset=offset, region=region.mask, evidence=plane)
    return best


def _everywhere(plane: Plane, region: Flags, told: Flags) -> bool:
    """A picture that was cropped and saved again has its old grid in all parts but the plain ones."""
    rest = plane[told & ~region]
    return rest.size < (1 - _LARGEST) * told.sum() or not rest.size or float(rest.mean()) > _ELSEWHERE


def _counts(grey: Grey) -> Plane:
    """How many coefficients of the block that begins at each pixel are nearly zero."""
    values, counts = grey.astype(np.float32), np.zeros(grey.shape, np.float32)
    for down, across in _ORDERS:
        filtered = cv2.sepFilter2D(values, cv2.CV_32F, _wave(across), _wave(down), anchor=(0, 0))
        counts += cv2.inRange(filtered, -_ZERO, _ZERO) > 0
    return counts


def _wave(order: int) -> npt.NDArray[np.float32]:
    wave = np.cos((2 * np.arange(SIDE) + 1) * order * np.pi / (2 * SIDE)) / 2
    return np.asarray(wave * (2**-0.5 if order == 0 else 1), np.float32)


def _deviations(counts: Plane) -> tuple[Plane, Flags]:
    """How each offset stands out from all 64, in standard deviations, and the places that are not plain.

    Shapes (block rows, block columns, offsets) and (block rows, block columns).
    """
    rows, columns = counts.shape[0] // SIDE - 1, counts.shape[1] // SIDE - 1  # the last blocks reach over the edge
    blocks = counts[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE)
    means = np.empty((SIDE, SIDE, rows, columns), np.float32)
    for row in range(SIDE):
        for column in range(SIDE):
            means[row, column] = cv2.blur(np.ascontiguousarray(blocks[:, row, :, column]), (_WINDOW, _WINDOW))
    flat = means.reshape(SIDE * SIDE, rows, columns)
    middle = np.median(flat, axis=0)
    spread = np.median(np.abs(flat - middle), axis=0) * _OUTLIER
    floor = 0.05 * float(np.mean(blocks.std(axis=(0, 2)))) / _WINDOW + 1e-3
    chosen = np.stack([means[offset] for offset in _OFFSETS], axis=-1)
    deviations = (chosen - middle[..., None]) / (spread + floor)[..., None]
    told = middle < _PLAIN
    return np.asarray(deviations * told[..., None], np.float32), np.asarray(told, np.bool_)
