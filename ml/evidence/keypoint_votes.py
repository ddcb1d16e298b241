"""Turned and scaled copies: similarity transforms that many matching keypoints of a picture share.

Keypoints are SIFT (Lowe, 2004), matched within the picture as Amerini et al. (2011) do; one match gives a whole
similarity by position, scale and angle, so every match proposes one, and the others vote on it.
"""

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Pairs = npt.NDArray[np.int64]
Transform = npt.NDArray[np.float64]

_MOST_PIXELS = 400_000  # searched for keypoints; what they propose is aligned at full size later
_KEYPOINTS = 3000
_CONTRAST = 0.01  # of a keypoint: a quarter of Lowe's, for regions are small
_ROWS = 512  # keypoints compared with all others at a time, for the memory
_FARTHEST = 4.0  # no two descriptors of length one are farther apart, squared
_NEAR = 0.4  # squared distance of descriptors that can be one thing
_RATIO = 0.9  # to the next candidate, which in a copied region is of another object
_SAME_PLACE = 4.0  # pixels: keypoints of several angles or sizes at one place do not compete
_TOLERANCE = 12.0  # pixels between where one pair's frame sends a keypoint and where its match lies
_FITTED = 2.0  # pixels, once many pairs have been fitted
_LEAST = 4  # agreeing matches: two are needed for a similarity
_LARGEST_SCALE = 2.5
_PROPOSERS = 200  # tried for one group, evenly drawn where there are more


def similarities(luma: npt.NDArray[np.uint8], at_least: int, count: int) -> list[Transform]:
    """Up to `count` transforms, 2 by 3, of (x, y, 1) to the equal point; those with most matches first."""
    factor = min(1.0, (_MOST_PIXELS / luma.size) ** 0.5)
    small = cv2.resize(luma, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else luma
    points, descriptors = cv2.SIFT.create(_KEYPOINTS, contrastThreshold=_CONTRAST).detectAndCompute(small, None)
    if descriptors is None or len(points) < 2 * _LEAST:
        return []
    frames = np.array([(*p.pt, p.size, np.deg2rad(p.angle)) for p in points], np.float32)
    pairs = _matches(_normal(np.asarray(descriptors, np.float32)), frames[:, :2], at_least * factor)
    found = _groups(frames[pairs[:, 0]], frames[pairs[:, 1]], count)
    return [np.column_stack([transform[:, :2], transform[:, 2] / factor]) for transform in found]


def _normal(descriptors: Array) -> Array:
    """RootSIFT (Arandjelović and Zisserman, 2012): the square root of each share, of length one."""
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    return np.asarray(np.sqrt(shares), np.float32)


def _matches(descriptors: Array, points: Array, at_least: float) -> Pairs:
    """Indices of clear matches, in both directions: which side is the copy is not known yet."""
    found = [_clear_matches(descriptors, points, at_least, start) for start in range(0, len(points), _ROWS)]
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    return np.concatenate([pairs, pairs[:, ::-1]])


def _clear_matches(descriptors: Array, points: Array, at_least: float, start: int) -> Pairs:
    """For some keypoints: the nearest one that lies apart, where it is clearly nearer than any other place."""
    own = np.arange(start, min(start + _ROWS, len(points)))
    distance = 2 - 2 * descriptors[own] @ descriptors.T
    distance[_squares(points[own], points) < at_least**2] = _FARTHEST
    nearest = distance.argmin(axis=1)
    least = distance.min(axis=1)
    distance[_squares(points[nearest], points) < _SAME_PLACE**2] = _FARTHEST
    clear = (least < _NEAR) & (least < _RATIO**2 * distance.min(axis=1))
    return np.stack([own[clear], nearest[clear]], axis=1)


def _squares(some: Array, points: Array) -> Array:
    """Squared distance of each of `some` to each of `points`."""
    return (some[:, :1] - points[:, 0]) ** 2 + (some[:, 1:] - points[:, 1]) ** 2


def _groups(first: Array, second: Array, count: int) -> list[Transform]:
    found: list[Transform] = []
    left = np.ones(len(first), bool)
    while len(found) < count and left.sum() >= 2 * _LEAST:
        agreeing = _largest_group(first, second, left)
        if agreeing.sum() < _LEAST:
            break
        transform = _fit(first[agreeing, :2], second[agreeing, :2])
        if transform is not None:
            found.append(transform)
        left &= ~(agreeing | np.roll(agreeing, len(first) // 2))  # and the same pairs the other way round
    return found


def _largest_group(first: Array, second: Array, left: Flags) -> Flags:
    """The matches that agree with the proposal that most agree with."""
    proposers = np.flatnonzero(left)
    proposers = proposers[np.linspace(0, len(proposers) - 1, min(len(proposers), _PROPOSERS)).astype(int)]
    transforms = _proposals(first[proposers], second[proposers]).astype(np.float32)
    misses = transforms[:, :, :2] @ first[None, :, :2].transpose(0, 2, 1) + transforms[:, :, 2:] - second[:, :2].T
    agreeing = ((misses * misses).sum(axis=1) < _TOLERANCE**2) & left
    return agreeing[agreeing.sum(axis=1).argmax()] if len(agreeing) else np.zeros(len(first), bool)


def _proposals(first: Array, second: Array) -> Array:
    """One similarity, 2 by 3, for each pair of frames (x, y, size, angle), absurd scales left out."""
    scale, turn = second[:, 2] / first[:, 2], second[:, 3] - first[:, 3]
    a, b = scale * np.cos(turn), scale * np.sin(turn)
    x, y = first[:, 0], first[:, 1]
    rows = np.array([[a, -b, second[:, 0] - a * x + b * y], [b, a, second[:, 1] - b * x - a * y]])
    return rows.transpose(2, 0, 1)[(scale < _LARGEST_SCALE) & (scale > 1 / _LARGEST_SCALE)]


def _fit(first: Array, second: Array) -> Transform | None:
    """By RANSAC, which OpenCV seeds alike each time."""
    transform, inliers = cv2.estimateAffinePartial2D(first, second, ransacReprojThreshold=_FITTED)
    if transform is None or inliers.sum() < _LEAST:
        return None
    return np.asarray(transform, np.float64)
