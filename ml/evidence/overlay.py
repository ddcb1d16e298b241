"""Two pictures laid over each other: how the second must be moved, what they share, and where they differ.

OpenCV is at home in this package alone, because nothing here reaches the model: a second resizer must not.
"""

import io
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from ml.evidence.pair import Box, Overlay

EDGE = 1024  # pixels of the long edge at which pictures are compared
AMPLIFIED = 8  # times: differences of a few grey levels are shown
_FEATURES, _RATIO = 2000, 0.8
_REACH = 3.0  # pixels that a match may miss the common movement by
_LEAST = 12  # matches that must agree before a movement is believed
_LARGEST_SCALE, _MOST_PRESSED = 8.0, 2.0
_LEAST_COVERED = 0.02  # of the first picture
_WINDOW = 9  # pixels over which a difference is averaged
_FLOOR, _CEILING = 8.0, 24.0  # grey levels: compression alone differs by less, another content by more
_LEAST_REGION = 0.0005  # of the picture
_MOST_REGIONS = 50
_WHITE, _PALE, _BLACK, _DEEP = 250, 215, 5, 35  # levels at which, and of which, a picture may have been cut off
_OUTER, _INNER = (255, 255, 255), (200, 0, 60)

Pixels = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Transform = npt.NDArray[np.float64]


class _Laid(NamedTuple):
    transform: Transform  # 2 by 3, from the second to the first
    agreeing: int  # matches; 0 where it is a guess from corner to corner


def lay_over(one: Image.Image, other: Image.Image) -> Overlay:
    """Compare two RGB pictures of any sizes; the second may be scaled, cropped, turned or mirrored."""
    first = _reduced(one)
    second = _reduced(other, max(first.size))
    laid, mirrored = _laid(first, second)
    moved, covered = _moved(ImageOps.mirror(second) if mirrored else second, laid.transform, first.size)
    coarse = _as_coarse(np.asarray(first), _scale(laid.transform))
    toned, gain = _toned(coarse, moved, covered)
    smooth = _unlike(coarse, moved, toned)
    related = laid.agreeing > 0 or bool(np.median(smooth[covered]) < _FLOOR)
    differs = _differs(smooth, covered) if related else np.zeros_like(covered)
    shown = _scale(laid.transform)
    return Overlay(
        related=related,
        mirrored=mirrored,
        scale=shown * (second.width / other.width) / (first.width / one.width),
        turned=float(np.degrees(np.arctan2(laid.transform[1, 0], laid.transform[0, 0]))),
        covered=float(covered.mean()),
        contained=min(1.0, float(covered.sum()) / (shown**2 * second.width * second.height)),
        shared=float((covered & ~differs).mean()) if related else None,
        brightness=gain,
        regions=_boxes(differs),
        difference=_difference(coarse, toned, covered),
        marked=_marked(np.asarray(first), differs),
        aligned=_jpeg(moved),
    )


def _reduced(image: Image.Image, edge: int = EDGE) -> Image.Image:
    """At most `edge` pixels long, antialiased: a sharp copy laid over a small one would differ everywhere."""
    small = image.copy()
    small.thumbnail((edge, edge), Image.Resampling.BILINEAR)
    return small


def _laid(first: Image.Image, second: Image.Image) -> tuple[_Laid, bool]:
    """The movement under which the two differ least, and whether the second is mirrored first."""
    points = _points(first)
    corners = _Laid(_corner_to_corner(first, second), 0)
    for mirrored in (False, True):
        view = ImageOps.mirror(second) if mirrored else second
        found = _matched(points, _points(view))
        if found:
            return min(corners, found, key=lambda laid: _apart(first, view, laid)), mirrored
    return corners, False


def _points(image: Image.Image) -> tuple[Levels, Levels]:
    """Key points of shape (n, 2) with descriptors: SIFT (Lowe, 2004) as RootSIFT (Arandjelović and Zisserman, 2012)."""
    grey = np.asarray(image.convert("L"))
    points, descriptors = cv2.SIFT.create(nfeatures=_FEATURES).detectAndCompute(grey, None)
    if not len(points):
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-7))
    return np.array([point.pt for point in points], np.float32), rooted.astype(np.float32)


def _matched(first: tuple[Levels, Levels], second: tuple[Levels, Levels]) -> _Laid | None:
    """The affine movement on which most matches agree (RANSAC), None where too few do or it is no picture's."""
    if min(len(first[0]), len(second[0])) < 2:
        return None
    pairs = cv2.BFMatcher().knnMatch(second[1], first[1], k=2)
    kept = [best for best, next_best in pairs if best.distance < _RATIO * next_best.distance]
    if len(kept) < _LEAST:
        return None
    source = second[0][[match.queryIdx for match in kept]]
    target = first[0][[match.trainIdx for match in kept]]
    transform, inliers = cv2.estimateAffine2D(source, target, ransacReprojThreshold=_REACH)
    if transform is None or int(inliers.sum()) < _LEAST or not _plausible(np.asarray(transform, np.float64)):
        return None
    return _Laid(np.asarray(transform, np.float64), int(inliers.sum()))


def _plausible(transform: Transform) -> bool:
    """Neither turned inside out nor pressed flat: people scale and crop, sometimes not alike in both directions."""
    longer, shorter = np.linalg.svd(transform[:, :2], compute_uv=False)
    upright = np.linalg.det(transform[:, :2]) > 0
    return bool(upright and longer < _MOST_PRESSED * shorter and 1 / _LARGEST_SCALE < longer < _LARGEST_SCALE)


def _corner_to_corner(first: Image.Image, second: Image.Image) -> Transform:
    """Scaled to the same size, which is exact where a copy was only resized or compressed again."""
    x, y = first.width / second.width, first.height / second.height
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2]])  # pixels are squares: their centres move by a half


def _apart(first: Image.Image, second: Image.Image, laid: _Laid) -> float:
    """How much they differ under a movement; what covers next to nothing does not count."""
    moved, covered = _moved(second, laid.transform, first.size)
    if covered.mean() < _LEAST_COVERED:
        return float("inf")
    toned, _ = _toned(np.asarray(first), moved, covered)
    return float(np.abs(np.asarray(first, np.float32) - toned)[covered].mean())


def _moved(second: Image.Image, transform: Transform, size: tuple[int, int]) -> tuple[Pixels, Flags]:
    """The second picture on the first one's canvas, and where it lies."""
    pixels = _as_coarse(np.asarray(second), 1 / _scale(transform))
    moved = cv2.warpAffine(pixels, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    whole = np.full(pixels.shape[:2], 255, np.uint8)
    covered = cv2.warpAffine(whole, transform, size, flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8), np.asarray(covered) > 127


def _as_coarse(pixels: Pixels, scale: float) -> Pixels:
    """Without the detail that is lost where one pixel stands for `scale` of these: else all texture would differ."""
    if scale < 1.1:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _toned(first: Pixels, moved: Pixels, covered: Flags) -> tuple[Levels, float]:
    """The second in the tones of the first: a gain and an offset, fitted to what agrees best; and the gain."""
    x = moved[covered].astype(np.float32).mean(axis=1)[::7]
    y = first[covered].astype(np.float32).mean(axis=1)[::7]
    gain, offset = 1.0, 0.0
    kept = np.ones(len(x), bool)
    for _ in range(3):
        if kept.sum() < _LEAST or x[kept].std() < 1:
            break
        gain, offset = (float(value) for value in np.polyfit(x[kept], y[kept], 1))
        gain = float(np.clip(gain, 0.25, 4.0))
        residual = np.abs(gain * x + offset - y)
        kept = residual <= np.quantile(residual, 0.8)
    return np.clip(gain * moved.astype(np.float32) + offset, 0, 255), gain


def _unlike(first: Pixels, moved: Pixels, toned: Levels) -> Levels:
    """Grey levels by which each place lies outside what its neighbours in the other picture span, averaged.

    Edges that miss each other by a pixel lie within, so that only another content counts. What was cut off at white or
    black in one picture may be brighter or darker in the other.
    """
    one = cv2.cvtColor(first, cv2.COLOR_RGB2GRAY).astype(np.float32)
    other = cv2.cvtColor(toned.astype(np.uint8), cv2.COLOR_RGB2GRAY).astype(np.float32)
    beyond = np.maximum(_outside(one, other), _outside(other, one))
    beyond[_cut_off(moved, one > other) | _cut_off(first, other > one)] = 0
    return np.asarray(cv2.blur(beyond, (_WINDOW, _WINDOW)), np.float32)


def _cut_off(pixels: Pixels, other_is_brighter: Flags) -> Flags:
    """Where these pixels are at an end of the scale, and the other picture lies beyond that end."""
    bright, mean, dark = pixels.max(axis=2), pixels.mean(axis=2), pixels.min(axis=2)
    white = (bright >= _WHITE) & (mean >= _PALE)  # pure colours are no highlights
    black = (dark <= _BLACK) & (mean <= _DEEP)
    return np.asarray((white & other_is_brighter) | (black & ~other_is_brighter))


def _outside(one: Levels, other: Levels) -> Levels:
    around = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(other, around), cv2.dilate(other, around)
    return np.asarray(np.maximum(0, np.maximum(low - one, one - high)), np.float32)


def _differs(smooth: Levels, covered: Flags) -> Flags:
    """Where the two show another content; the bound follows how much compression made them differ everywhere."""
    inside = cv2.erode(covered.astype(np.uint8), np.ones((_WINDOW, _WINDOW), np.uint8)) > 0
    bound = float(np.clip(4 * np.median(smooth[covered]), _FLOOR, _CEILING)) if covered.any() else _CEILING
    found = ((smooth > bound) & inside).astype(np.uint8)
    closed = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((_WINDOW, _WINDOW), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    large = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= _LEAST_REGION * closed.size)
    return np.asarray(np.isin(labels, large[large > 0]))


def _boxes(differs: Flags) -> tuple[Box, ...]:
    """Of the regions, largest first."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)
    height, width = differs.shape
    rows = sorted(stats[1:].tolist(), key=lambda row: -row[cv2.CC_STAT_AREA])[:_MOST_REGIONS]
    return tuple(Box(left / width, top / height, wide / width, high / height) for left, top, wide, high, _ in rows)


def _difference(first: Pixels, toned: Levels, covered: Flags) -> bytes:
    apart = np.abs(first.astype(np.float32) - toned).max(axis=2) * AMPLIFIED
    pixels = np.dstack([np.clip(apart, 0, 255).astype(np.uint8), np.where(covered, 255, 0).astype(np.uint8)])
    stream = io.BytesIO()
    Image.fromarray(pixels, "LA").save(stream, "PNG", compress_level=4)
    return stream.getvalue()


def _marked(first: Pixels, differs: Flags) -> bytes:
    """The first picture, what is shared faded, what differs in full colour with an outline that shows on any ground."""
    faded = (0.45 * first + 0.55 * 255 * 0.9).astype(np.uint8)
    shown = np.where(differs[..., None], first, faded) if differs.any() else first.copy()
    outlines, _ = cv2.findContours(differs.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    shown = np.ascontiguousarray(shown, np.uint8)
    for colour, thickness in ((_OUTER, 6), (_INNER, 3)):
        cv2.drawContours(shown, outlines, -1, colour, thickness, cv2.LINE_AA)
    return _jpeg(shown)


def _jpeg(pixels: Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _scale(transform: Transform) -> float:
    return float(np.sqrt(np.abs(np.linalg.det(transform[:, :2]))))
