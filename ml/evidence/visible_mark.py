"""Visible mark: the four-pointed star that the Gemini app draws into the lower right corner of what it makes.

A matched filter: the star is correlated with the corner at several sizes, where size and place fit each other as they
do in that mark. Its outline is a superellipse, and its place was measured on pictures that bear it. Anybody can draw
such a star, and anybody can cut it off: it makes a photograph doubtful and no more, and its absence says nothing.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from ml.evidence.blocks import Grey, Plane
from ml.evidence.drawing import Box, Canvas, Colour, Flags
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.sentences import say

SIGNAL = "visible_mark"
_LEAST_EDGE = 400
_TOO_SMALL = say("A visible mark is sought in pictures whose longer edge has at least {edge} pixels.", edge=_LEAST_EDGE)
_EDGE = 1024  # pixels that the longer edge is brought to, since the mark keeps its share of the picture
_SIZES = (24, 28, 32, 36, 40, 44, 48, 54, 60)
_CORNER = 160
_EXPONENT = 0.62  # of |x|^k + |y|^k <= 1
_NEAREST, _FARTHEST = 0.85, 1.5  # of the star's middle from both edges, in its own size
_ASKEW = 0.12  # so much the two distances may differ, likewise
_ENOUGH = 0.85  # of a correlation
_SAID = say(
    "In the lower right corner stands a star such as the Gemini app draws into the pictures that it makes; anybody can "
    "draw one."
)
_NONE = say("No visible mark of a generator was found; most pictures from generators bear none.")


class _Match(NamedTuple):
    """How well the star fits, its size, and how far its middle is from the right and the lower edge."""

    score: float
    size: int
    across: float
    down: float


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake where the star stands, else silent; raises NotApplicable for a small picture."""
    grey = subject.grey
    if max(grey.shape) < _LEAST_EDGE:
        raise NotApplicable(_TOO_SMALL)
    best = max(_matches(_corner(grey)))
    score = round(best.score, 3)
    if best.score < _ENOUGH:
        return [Finding(SIGNAL, "silent", _NONE, {"score": score})]
    box = _box(best, grey)
    canvas = Canvas(grey)
    canvas.box(box, Colour.ORANGE, "")
    return [Finding(SIGNAL, "supports_fake", _SAID, {"score": score, "box": list(box)}, canvas.png())]


def _corner(grey: Grey) -> Plane:
    """The lower right corner of the picture at its common size; what a narrow picture lacks is missing here too."""
    factor = max(grey.shape) / _EDGE
    part = grey[-round(_CORNER * factor) :, -round(_CORNER * factor) :]
    size = tuple(max(1, round(edge / factor)) for edge in part.shape[::-1])
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA if factor > 1 else cv2.INTER_LINEAR).astype(np.float32)


def _matches(corner: Plane) -> Iterator[_Match]:
    """The best place of each size, among those that fit it."""
    yield _Match(0.0, 0, 0.0, 0.0)
    for size in _SIZES:
        star = _star(size)
        if min(corner.shape) < star.shape[0]:
            return
        fit = cv2.matchTemplate(corner, star, cv2.TM_CCOEFF_NORMED)
        across, down = (
            edge - np.arange(count) - star.shape[0] / 2
            for edge, count in zip(corner.shape[::-1], fit.shape[::-1], strict=True)
        )
        fit[~_fits(down[:, None], across[None, :], size)] = -1
        row, column = np.unravel_index(np.argmax(fit), fit.shape)
        yield _Match(float(np.nan_to_num(fit[row, column])), size, float(across[column]), float(down[row]))


def _fits(down: Plane, across: Plane, size: int) -> Flags:
    near = (np.minimum(down, across) >= _NEAREST * size) & (np.maximum(down, across) <= _FARTHEST * size)
    return np.asarray(near & (np.abs(down - across) <= _ASKEW * size))


@cache
def _star(size: int) -> Plane:
    """Of shape (size + 2 * margin, the same): 1 within the star and 0 beside it, smooth at its outline."""
    fine = np.abs(np.linspace(-1, 1, 4 * size)) ** _EXPONENT
    inside = (fine[:, None] + fine[None, :] <= 1).astype(np.float32)
    return np.pad(cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA), size // 6)


def _box(match: _Match, grey: Grey) -> Box:
    """In pixels of the picture."""
    factor, half = max(grey.shape) / _EDGE, match.size / 2
    left, top = (
        edge - (away + half) * factor for edge, away in zip(grey.shape[::-1], (match.across, match.down), strict=True)
    )
    side = match.size * factor
    return round(left), round(top), round(left + side), round(top + side)
