"""Faces by boosted cascades (Viola and Jones, 2001; Lienhart and Maydt, 2002), whose weights OpenCV 4 brings along.

One cascade looks over the whole picture, and a second one, trained otherwise, must find each face again by itself:
alone, the first finds faces in foliage and brickwork as well (docs/decisions/0032 has the measurement).
"""

import threading
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence.drawing import Box

Grey = npt.NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]  # left, top, width, height

_LONGEST_EDGE = 640  # pixels searched
_LEAST_FACE, _LEAST_SHARE = 24, 0.06  # pixels, and of the shorter edge: smaller faces are not looked for
_STEP = 1.15  # between the sizes of the search
_PROPOSER, _SECOND = "frontalface_alt2", "frontalface_alt"
_PROPOSED, _CONFIRMED = 1, 10  # overlapping hits that each cascade must have
_CLOSE_UP, _CLOSE_STEP = 72, 1.08  # pixels a face has for the second look, and the steps of that look
_MARGIN = 0.5  # of the face, left round it for the second look
_SAME = 0.4  # intersection over union of two boxes of one face
_turn = threading.Lock()  # a cascade serves one thread at a time


def available() -> bool:
    """Whether this OpenCV has cascades and their weights: OpenCV 5 has neither."""
    return hasattr(cv2, "CascadeClassifier") and _weights(_PROPOSER).is_file() and _weights(_SECOND).is_file()


def detect(grey: Grey) -> list[Box]:
    """Faces seen from the front in luma of shape (height, width), the largest first.

    Raises:
        RuntimeError: `available` is false.
    """
    if not available():
        raise RuntimeError("This OpenCV brings no face detector; install opencv-python-headless 4.")
    factor = min(1.0, _LONGEST_EDGE / max(grey.shape))
    if round(min(grey.shape) * factor) < _LEAST_FACE:  # a strip, of which nothing may be left
        return []
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else grey
    searched = np.asarray(small, np.uint8)
    with _turn:
        found = [face for face in _proposed(searched) if _confirmed(searched, face)]
    return [_in_picture(face, factor, grey.shape) for face in sorted(found, key=lambda face: -face[2])]


def _proposed(grey: Grey) -> list[Rectangle]:
    least = max(_LEAST_FACE, round(min(grey.shape) * _LEAST_SHARE))
    if min(grey.shape) < least:
        return []
    found, _ = _cascade(_PROPOSER).detectMultiScale2(grey, _STEP, _PROPOSED, 0, (least, least))
    return [(int(left), int(top), int(width), int(height)) for left, top, width, height in found]


def _confirmed(grey: Grey, face: Rectangle) -> bool:
    """Whether the second cascade, in a close-up, finds a face at the same place."""
    left, top, width, height = face
    margin = round(width * _MARGIN)
    start = max(0, left - margin), max(0, top - margin)
    part = grey[start[1] : top + height + margin, start[0] : left + width + margin]
    factor = _CLOSE_UP / width
    close_up = cv2.resize(
        part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    )
    sizes = (_CLOSE_UP * 2 // 3,) * 2, (_CLOSE_UP * 3 // 2,) * 2
    found, hits = _cascade(_SECOND).detectMultiScale2(close_up, _CLOSE_STEP, 1, 0, *sizes)
    expected = (left - start[0]) * factor, (top - start[1]) * factor, width * factor, height * factor
    same = [int(count) for other, count in zip(found, hits, strict=True) if _overlap(expected, other) >= _SAME]
    return max(same, default=0) >= _CONFIRMED


def _overlap(one: Any, two: Any) -> float:
    """Intersection over union."""
    across = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    down = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    both = max(0, across) * max(0, down)
    return float(both / (one[2] * one[3] + two[2] * two[3] - both))


def _in_picture(face: Rectangle, factor: float, shape: tuple[int, ...]) -> Box:
    left, top, width, height = (edge / factor for edge in face)
    return round(left), round(top), min(round(left + width), shape[1]), min(round(top + height), shape[0])


def _weights(name: str) -> Path:
    return Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"


@cache
def _cascade(name: str) -> Any:
    return cv2.CascadeClassifier(str(_weights(name)))  # type: ignore[attr-defined, unused-ignore]
