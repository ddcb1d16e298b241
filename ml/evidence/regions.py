"""The connected part of a map that carries most evidence."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


class Region(NamedTuple):
    """`mask` has the shape of the map, `total` is the sum of the weights inside, `share` the part of the map's area."""

    mask: Flags
    total: float
    share: float


def strongest(flags: Flags, weights: Plane) -> Region:
    """Of the parts of `flags` that hang together (8 neighbours), the one of largest weight; empty where none is set."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flags.astype(np.uint8))
    if count < 2:
        return Region(np.zeros(flags.shape, bool), 0.0, 0.0)
    totals = np.bincount(labels.ravel(), weights.ravel(), count)[1:]
    best = int(totals.argmax())
    return Region(labels == best + 1, float(totals[best]), float(stats[best + 1, cv2.CC_STAT_AREA]) / flags.size)


def box(mask: Flags, size: tuple[int, int]) -> list[int]:
    """(left, top, right, bottom) of a mask, in pixels of a picture of `size` (width, height)."""
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    across, down = size[0] / mask.shape[1], size[1] / mask.shape[0]
    return [round(left * across), round(top * down), round((left + width) * across), round((top + height) * down)]
