"""The picture of a finding: the photograph in grey, and on it, in colour, what was found.

Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart; shape and number say the
same as colour. One byte a pixel, 31 levels of grey at eight strengths of a map, keeps the file small.
"""

import io
from collections.abc import Sequence
from enum import IntEnum

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Grey = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the picture
Point = tuple[float, float]

LONGEST_EDGE = 1600  # pixels
_GREYS, _STRENGTHS = 31, 8
_MAP = (213, 94, 0)  # vermilion
_TIP = 0.06  # of an arrow's length
_STRONGEST = 0.75  # of the colour in a map: the photograph stays visible under it


class Colour(IntEnum):
    """Indices of what is drawn with a pen."""

    BLACK = 248
    WHITE = 249
    BLUE = 250
    ORANGE = 251
    YELLOW = 252


_PENS = ((0, 0, 0), (255, 255, 255), (86, 180, 233), (230, 159, 0), (240, 228, 66))


class Canvas:
    """A photograph to draw on, both edges at most `LONGEST_EDGE`; places are given in pixels of the photograph."""

    def __init__(self, grey: Grey) -> None:
        """`grey` is luma of shape (height, width)."""
        self._factor = min(1.0, LONGEST_EDGE / max(grey.shape))
        size = tuple(max(1, round(edge * self._factor)) for edge in grey.shape[::-1])
        small = grey if self._factor == 1 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        self._plane = (np.asarray(small, np.uint16) * _GREYS // 256).astype(np.uint8)
        self._thick = max(2, max(size) // 400)

    def strengthen(self, values: npt.NDArray[np.floating]) -> None:
        """Colour the photograph by a map of 0 to 1 of shape (rows, columns), smoothly enlarged; call it first."""
        size = self._plane.shape[::-1]
        smooth = cv2.resize(np.asarray(values, np.float32), size, interpolation=cv2.INTER_LINEAR)
        self._plane += np.uint8(_GREYS) * (np.clip(smooth, 0, 1) * (_STRENGTHS - 1)).round().astype(np.uint8)

    def outline(self, mask: Flags, colour: Colour) -> None:
        """Border the region of a mask of any size, shape (rows, columns), that covers the whole photograph."""
        region = cv2.resize(mask.astype(np.uint8), self._plane.shape[::-1], interpolation=cv2.INTER_NEAREST)
        contours, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for index, thick in ((Colour.BLACK, self._thick + 2), (colour, self._thick)):
            cv2.drawContours(self._plane, contours, -1, int(index), thick)

    def link(self, start: Point, end: Point, *, arrow: bool) -> None:
        """A line between two places, with a head at the second where `arrow`."""
        ends = self._place(start), self._place(end)
        for index, thick in ((Colour.BLACK, self._thick + 2), (Colour.YELLOW, self._thick)):
            if arrow:
                cv2.arrowedLine(self._plane, *ends, int(index), thick, cv2.LINE_8, 0, _TIP)
            else:
                cv2.line(self._plane, *ends, int(index), thick)

    def box(self, box: Box, colour: Colour, label: str) -> None:
        """A frame with its label (ASCII) inside the upper left corner."""
        corners = self._place(box[:2]), self._place(box[2:])
        for index, thick in ((Colour.BLACK, self._thick + 2), (colour, self._thick)):
            cv2.rectangle(self._plane, *corners, int(index), thick)
        self.label(box[:2], label)

    def label(self, corner: Point, label: str) -> None:
        """A short text (ASCII) to the right of a place and below it."""
        left, top = self._place(corner)
        height = max(10, max(self._plane.shape) // 60)
        scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, height, 1)
        place = left + 2 * self._thick, top + height + 3 * self._thick
        for index, thick in ((Colour.BLACK, 3 + self._thick), (Colour.WHITE, self._thick)):
            cv2.putText(self._plane, label, place, cv2.FONT_HERSHEY_SIMPLEX, scale, int(index), thick)

    def png(self) -> bytes:
        """The drawing as a PNG with a palette."""
        image = Image.fromarray(self._plane, "L")
        image.putpalette(_palette())
        stream = io.BytesIO()
        image.save(stream, "PNG", compress_level=4)
        return stream.getvalue()

    def _place(self, point: Sequence[float]) -> tuple[int, int]:
        return round(point[0] * self._factor), round(point[1] * self._factor)


def _palette() -> list[int]:
    greys = np.linspace(0, 255, _GREYS)[None, :, None]
    share = np.linspace(0, _STRONGEST, _STRENGTHS)[:, None, None]
    levels = (greys * (1 - share) + np.array(_MAP) * share).reshape(-1, 3)
    colours = [*levels.round().astype(int).tolist(), *map(list, _PENS)]
    return [value for colour in colours for value in colour]
