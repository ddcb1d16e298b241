"""A map of numbers as a picture in colours that people with any colour vision can order, and that stay ordered in grey.

The scale is cividis (Nuñez, Anderton and Renslow, 2018): dark blue is low, yellow is high; grey was not looked at.
"""

import cv2
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]

LONGEST_EDGE = 1024  # pixels of a picture
_LEVELS = 253  # the last two indices of a byte are for what is no value
_UNKNOWN, _MARK = 254, 255
_GREY, _WHITE = (128, 128, 128), (255, 255, 255)


def draw(
    values: Values, size: tuple[int, int], low: float, high: float, outline: Flags | None = None,
    circles: tuple[tuple[int, int], ...] = (),
) -> bytes:  # fmt: skip
    """A PNG of the map at the proportions of `size` (width, height), both edges at most 1024 pixels.

    `values` has the shape (rows, columns); NaN is drawn grey. `outline`, of the same shape, is bordered in white, and
    so are `circles`, places (column, row) of the map.
    """
    factor = min(1.0, LONGEST_EDGE / max(size))
    width, height = (max(round(edge * factor), 1) for edge in size)
    index = cv2.resize(_indices(values, low, high), (width, height), interpolation=cv2.INTER_NEAREST)
    thick = max(max(width, height) // 320, 1)
    if outline is not None and outline.any():
        region = cv2.resize(outline.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        contours, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(index, contours, -1, _MARK, thick + 1)
    for column, row in circles:
        place = round((column + 0.5) * width / values.shape[1]), round((row + 0.5) * height / values.shape[0])
        cv2.circle(index, place, 7 * thick, _MARK, thick)
    return cv2.imencode(".png", _table()[index], (cv2.IMWRITE_PNG_COMPRESSION, 3))[1].tobytes()


def _indices(values: Values, low: float, high: float) -> npt.NDArray[np.uint8]:
    share = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    return np.where(np.isnan(share), _UNKNOWN, np.nan_to_num(share) * _LEVELS).astype(np.uint8)


def _table() -> npt.NDArray[np.uint8]:
    """Colours, blue first as OpenCV has them, for the 256 indices."""
    ramp = np.linspace(0, 255, _LEVELS + 1).round().astype(np.uint8)
    colours = np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_CIVIDIS), np.uint8).reshape(-1, 3)
    return np.concatenate([colours, np.array([_GREY, _WHITE], np.uint8)])
