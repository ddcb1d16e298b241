"""From the pixels that certainly agree to the whole of what was copied."""

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence.alignment import warped
from ml.evidence.dense_check import Box, Flags, Plane, Region

_REACH = 48  # pixels round the certain ones that may belong to the copy
_WINDOW = 5
_TOLERANCE = 6.0  # times the mean square difference of the certain pixels
_ROUNDING = 0.75  # mean square difference of pixels that are equal but for rounding


def outline(luma: Plane, found: list[Region]) -> Flags:
    """The mask, of the whole picture, of regions under one transform, flat parts within and rims added.

    Flat areas agree with each other everywhere, so growth stays within the closed shape of the certain pixels.
    """
    certain = np.zeros(luma.shape, np.uint8)
    for region in found:
        certain[region.box] |= region.mask
    box = _box(certain)
    core = certain[box]
    difference = (luma[box] - warped(luma, found[0].transform, box)) ** 2
    level = float(np.median(cv2.blur(difference, (_WINDOW, _WINDOW))[core > 0]))
    equal = cv2.blur(difference, (_WINDOW, _WINDOW)) < _TOLERANCE * level + _ROUNDING
    whole = np.zeros(luma.shape, bool)
    whole[box] = _filled((core > 0) | (equal & _closed(core)))
    return whole


def moved(mask: Flags, transform: npt.NDArray[np.float64]) -> Flags:
    """Where the transform sends the mask."""
    size = (mask.shape[1], mask.shape[0])
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), transform, size, flags=cv2.INTER_NEAREST) > 0)


def _box(mask: npt.NDArray[np.uint8]) -> Box:
    left, top, width, height = cv2.boundingRect(mask)
    return (
        slice(max(top - _REACH, 0), min(top + height + _REACH, mask.shape[0])),
        slice(max(left - _REACH, 0), min(left + width + _REACH, mask.shape[1])),
    )


def _closed(core: npt.NDArray[np.uint8]) -> Flags:
    """The certain pixels with gaps as wide as a third of the region closed, and a rim of half a window."""
    gap = int(np.clip(np.sqrt(core.sum()) / 3, 9, _REACH)) | 1
    closed = cv2.morphologyEx(core, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap)))
    return np.asarray(cv2.dilate(closed, np.ones((_WINDOW + 2, _WINDOW + 2), np.uint8)) > 0)


def _filled(mask: Flags) -> Flags:
    """Specks removed, holes filled."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(opened), contours, -1, 1, cv2.FILLED) > 0)
