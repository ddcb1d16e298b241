"""Does the small picture in the EXIF block show what the picture shows?

Cameras store a small copy beside the picture; programs that change one and leave the other tell on themselves (Kee,
Johnson and Farid, 2011, use the copy's traces to name a camera). Compared are grey values at the small copy's own
scale: stretched, cropped to each other's shape, in four orientations and, if none fits, as a part of each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.images import InvalidImage, Limits, decode

Grey = npt.NDArray[np.float32]

_LARGEST = 700_000  # pixels: no thumbnail is larger, and no hostile one costs more
_LEAST_EDGE = 24
_JPEG = b"\xff\xd8"
_LONGEST = 160  # pixels at which pictures are compared
_LONGEST_SOUGHT, _LEAST_SOUGHT = 96, 16  # the same where one is sought in the other, and its least edge
_FLAT = 6.0  # grey levels: below this deviation there is nothing to compare
_BLACK = 14.0  # grey levels of a bar, compression noise included
_WORTH_ALIGNING = 0.4
_CERTAIN = 0.95
SAME, PART = 0.8, 0.9
ALTERED = 0.6  # of 206 camera files with such a copy none reached 0.4 but one that bore a watermark


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two pictures are: `correlation` of their grey values, -1 to 1, as they lie or as `part` of each other.

    `difference` is how much the place that agrees least differs, in standard deviations of the small picture; `place`
    is its middle, in shares of width and height. `planes` are the grey values that were compared, of one size.
    """

    correlation: float
    part: bool
    mirrored: bool
    difference: float
    place: tuple[float, float]
    planes: tuple[Grey, Grey]

    @property
    def other(self) -> bool:
        """Whether the two show different pictures."""
        return not self.part and self.correlation < SAME

    @property
    def altered(self) -> bool:
        """Whether they show the same but for one place."""
        return not self.part and not self.other and self.difference > ALTERED


class _Pair(NamedTuple):
    """Two planes of one size, of which the second was brought onto the first."""

    one: Grey
    two: Grey
    mirrored: bool
    correlation: float


def decoded(data: bytes, *, apart: bool = False) -> Image.Image | None:
    """The small picture, None where it cannot be decoded or is no small JPEG. `apart`: in a process of its own."""
    if not data.startswith(_JPEG):
        return None
    try:
        image = decode(data, Limits(pixels=_LARGEST, apart=apart))
    except InvalidImage:
        return None
    return image if min(image.size) >= _LEAST_EDGE else None


def compare(small: Image.Image, picture: Image.Image) -> Likeness | None:
    """Compare; None where either is too flat to tell. Any sizes."""
    one, two = _grey(small), _grey(picture)
    if min(one.std(), two.std()) < _FLAT:
        return None
    best = _best(_pairs(one, two))
    if best.correlation > _WORTH_ALIGNING:
        best = _aligned(best)
    inside = -1.0
    if best.correlation < _CERTAIN:
        first, second = _reduced(one, _LONGEST_SOUGHT), _reduced(two, _LONGEST_SOUGHT)
        inside = max(_as_part(first, turned) for turned, mirrored in _turns(second) if not mirrored)
    part = inside >= PART and inside > best.correlation
    difference, place = (0.0, (0.0, 0.0)) if part else _difference(best)
    return Likeness(inside if part else best.correlation, part, best.mirrored, difference, place, (best.one, best.two))


def _best(pairs: Iterator[_Pair]) -> _Pair:
    """The first that certainly agrees, else the one that agrees most."""
    found = []
    for pair in pairs:
        found.append(pair)
        if pair.correlation >= _CERTAIN:
            break
    return max(found, key=lambda pair: pair.correlation)


def _grey(image: Image.Image) -> Grey:
    return _reduced(np.asarray(image.convert("L"), np.float32), _LONGEST)


def _reduced(plane: Grey, longest: int) -> Grey:
    factor = min(1.0, longest / max(plane.shape))
    size = tuple(max(round(edge * factor), 8) for edge in plane.shape[::-1])
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _without_bars(plane: Grey) -> Grey:
    """Cameras fill a small picture of 4:3 up with black where the picture is longer."""
    for _ in range(2):
        lit = np.flatnonzero((plane.mean(axis=1) > _BLACK) | (plane.std(axis=1) > _BLACK))
        if len(lit) and lit[-1] - lit[0] >= _LEAST_EDGE:
            plane = plane[lit[0] : lit[-1] + 1]
        plane = plane.T
    return plane


def _turns(plane: Grey) -> Iterator[tuple[Grey, bool]]:
    """In every orientation, and whether mirrored: programs turn a picture and leave its thumbnail as it lay."""
    for turn in range(4):
        turned = np.ascontiguousarray(np.rot90(plane, turn))
        yield turned, False
        yield np.ascontiguousarray(turned[:, ::-1]), True


def _pairs(one: Grey, two: Grey) -> Iterator[_Pair]:
    """Both at one size: stretched, and the longer cropped to the shape of the other, as with black bars or 16:9."""
    bare = _without_bars(one)
    for turned, mirrored in _turns(two):
        shapes = [(one, turned), (_cropped(one, turned.shape), turned), (one, _cropped(turned, one.shape))]
        for first, second in [*shapes, (bare, turned)] if bare.shape != one.shape else shapes:
            size = (first.shape[1], first.shape[0])
            second = np.asarray(cv2.resize(second, size, interpolation=cv2.INTER_AREA), np.float32)
            yield _Pair(first, second, mirrored, _correlation(first, second))


def _aligned(pair: _Pair) -> _Pair:
    """The second shifted, scaled and sheared a little, by enhanced correlation (Evangelidis and Psarakis, 2008)."""
    start, until = np.eye(2, 3, dtype=np.float32), (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-4)
    everywhere = np.full(pair.one.shape, 255, np.uint8)
    try:
        _, warp = cv2.findTransformECC(pair.one, pair.two, start, cv2.MOTION_AFFINE, until, everywhere, 5)
    except cv2.error:  # it did not converge
        return pair
    size, flags = (pair.one.shape[1], pair.one.shape[0]), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = np.asarray(cv2.warpAffine(pair.two, warp, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)
    correlation = _correlation(pair.one, moved)
    return _Pair(pair.one, moved, pair.mirrored, correlation) if correlation > pair.correlation else pair


def _cropped(plane: Grey, shape: tuple[int, ...]) -> Grey:
    """The middle of a plane, of the proportions of `shape`."""
    height, width = plane.shape
    tall, wide = min(height, round(width * shape[0] / shape[1])), min(width, round(height * shape[1] / shape[0]))
    top, left = (height - tall) // 2, (width - wide) // 2
    return plane[top : top + max(tall, 1), left : left + max(wide, 1)]


def _correlation(one: Grey, two: Grey) -> float:
    first, second = cv2.GaussianBlur(one, (0, 0), 1.5), cv2.GaussianBlur(two, (0, 0), 1.5)
    first, second = first - first.mean(), second - second.mean()
    return float((first * second).mean() / max(float(first.std() * second.std()), 1e-6))


def _as_part(one: Grey, two: Grey) -> float:
    """The best correlation of either with a part of the other, a third of its size at least."""
    return max(_found(one, two), _found(two, one))


def _found(part: Grey, whole: Grey) -> float:
    best = -1.0
    for factor in np.geomspace(0.33, 1.0, 12):
        scale = factor * min(whole.shape[0] / part.shape[0], whole.shape[1] / part.shape[1])
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        if min(size) < _LEAST_SOUGHT or size[0] > whole.shape[1] or size[1] > whole.shape[0]:
            continue
        template = cv2.GaussianBlur(cv2.resize(part, size, interpolation=cv2.INTER_AREA), (0, 0), 1.0)
        smooth = cv2.GaussianBlur(whole, (0, 0), 1.0)
        _, value, _, (left, top) = cv2.minMaxLoc(cv2.matchTemplate(smooth, template, cv2.TM_CCOEFF_NORMED))
        if min(smooth[top : top + size[1], left : left + size[0]].std(), template.std()) > _FLAT:
            best = max(best, value)
    return best


def _difference(pair: _Pair) -> tuple[float, tuple[float, float]]:
    """The largest mean difference of a window of an eighth of the edge, after levelling, and its middle."""
    first, second = cv2.GaussianBlur(pair.one, (0, 0), 2.0), cv2.GaussianBlur(pair.two, (0, 0), 2.0)
    slope, offset = np.polyfit(second.ravel(), first.ravel(), 1)
    side = max(min(first.shape) // 8, 5)
    rim = side // 2
    window = cv2.blur(np.abs(first - (slope * second + offset)), (side, side))[rim:-rim, rim:-rim]
    row, column = np.unravel_index(int(window.argmax()), window.shape)
    place = (float(column + rim) / first.shape[1], float(row + rim) / first.shape[0])
    return float(window.max()) / max(float(first.std()), 1e-6), place
