"""From the pixels that certainly agree to the whole of what was copied."""

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence.alignment import warped
from ml.evidence.dense_check import Box, Flags, Plane, Region

_LEAST_REACH, _MOST_REACH = 6, 40  # pixels that the mask may grow beyond the certain ones
_WINDOW = 5
_TOLERANCE = 4.0  # times the mean square difference of the certain pixels
_ROUNDING = 0.75  # mean square difference of pixels that are equal but for rounding
_RIM = 3  # pixels: windows across the border of a copy hold strange ones


def outline(luma: Plane, found: list[Region]) -> Flags:
    """The mask, of the whole picture, of regions under one transform, flat parts and rims added.

    Flat areas agree with each other everywhere, so growth is bounded by the size of what is certain.
    """
    certain = np.zeros(luma.shape, np.uint8)
    for region in found:
        certain[region.box] |= region.mask
    reach = int(np.clip(np.sqrt(certain.sum()) / 1.5, _LEAST_REACH, _MOST_REACH))
    box = _box(certain, 2 * reach)
    core = certain[box]
    difference = (luma[box] - warped(luma, found[0].transform, box)) ** 2
    smooth = cv2.blur(difference, (_WINDOW, _WINDOW))
    bound = _TOLERANCE * float(np.median(smooth[core > 0])) + _ROUNDING
    grown = _touching(core, (smooth < bound) & _near(core, reach))
    rim = (cv2.dilate(grown, np.ones((_RIM, _RIM), np.uint8)) > 0) & (difference < 4 * bound)
    whole = np.zeros(luma.shape, bool)
    whole[box] = _filled((grown > 0) | rim)
    return whole


def moved(mask: Flags, transform: npt.NDArray[np.float64]) -> Flags:
    """Where the transform sends the mask."""
    size = (mask.shape[1], mask.shape[0])
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), transform, size, flags=cv2.INTER_NEAREST) > 0)


def _box(mask: npt.NDArray[np.uint8], margin: int) -> Box:
    left, top, width, height = cv2.boundingRect(mask)
    return (
        slice(max(top - margin, 0), min(top + height + margin, mask.shape[0])),
        slice(max(left - margin, 0), min(left + width + margin, mask.shape[1])),
    )


def _near(core: npt.NDArray[np.uint8], reach: int) -> Flags:
    """Within reach of the certain pixels, or between two that are within twice the reach of each other."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(core, disc) > 0)


def _touching(core: npt.NDArray[np.uint8], equal: Flags) -> npt.NDArray[np.uint8]:
    """The certain pixels and the parts of the equal ones that touch them."""
    _, labels = cv2.connectedComponents(((core > 0) | equal).astype(np.uint8), connectivity=4)
    kept = np.unique(labels[core > 0])
    return np.isin(labels, kept[kept > 0]).astype(np.uint8)


def _filled(mask: Flags) -> Flags:
    """Specks removed, holes filled."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(opened), contours, -1, 1, cv2.FILLED) > 0)
