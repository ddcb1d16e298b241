"""Displacements that many equal blocks of a picture share: hypotheses of a plain, unturned copy.

Every block gets a key of its quantised low frequencies; blocks of one key are paired, and each pair votes for its
displacement (the idea of Fridrich, Soukal and Lukáš, 2003, with cell means and Walsh functions instead of a DCT).
Where nothing was compressed since, even the noise of a flat sky is equal: blocks equal in every value vote as well.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Weights = npt.NDArray[np.float64]

# Sequency-ordered Walsh functions of four cells; the pairs are (rows, columns), the mean first.
_WALSH = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, -1, 1))
_ORDERS = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1))
_STEPS = (6.0, 4.0, 4.0, 3.0, 3.0, 3.0, 2.5, 2.5)  # grey levels a bin, about four deviations of JPEG 80
_CHROMA_STEP = 5.0
_OFFSETS = (0.0, 0.5)  # two tables, half a bin apart: noise seldom straddles an edge in both
_MANY = 400_000  # blocks, of which one table yields votes enough
_ODD = 0x9E3779B97F4A7C15  # spreads bits when multiplied with
_CROWDED = 256  # blocks of one key: more of them weigh no more than these, and spread their votes wider
_LAGS = 3  # neighbours in a bucket that a block is paired with
_POSITION_BITS = 22  # up to four million blocks
_LOW, _HALF = np.uint64((1 << _POSITION_BITS) - 1), np.uint64(_POSITION_BITS // 2)
_MIXERS = tuple(np.uint64(odd) for odd in (0x2C1B3D, 0x297A2D, 0x1B873B, 0x35A9C5))
_UNMIXERS = tuple(np.uint64(pow(int(odd), -1, 1 << _POSITION_BITS)) for odd in _MIXERS)
_NEIGHBOURHOOD = 17  # cells of the vote plane whose mean is the background of a peak


def displacements(planes: Plane, at_least: int, count: int) -> list[tuple[int, int]]:
    """The `count` displacements (dx, dy) with most votes, dy >= 0, none shorter than `at_least` pixels.

    `planes` is luma, Cb and Cr of shape (height, width, 3). A vote weighs less the more blocks share its key.
    """
    cell = 4 if min(planes.shape[:2]) >= 200 else 2
    features = _features(planes, cell)
    if min(features.shape[1:]) < 2:
        return []
    shape = features.shape[1:]
    offsets = _OFFSETS if features[0].size < _MANY else _OFFSETS[:1]
    tables = [*(_quantised(features, offset) for offset in offsets), _exact(planes)[: shape[0], : shape[1]]]
    found = [vote for key in tables for vote in _votes(_sorted(key), shape[1], at_least)]
    index, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    votes = np.bincount(index, weight, 2 * shape[0] * shape[1]).astype(np.float32)
    return _peaks(votes.reshape(shape[0], 2 * shape[1]), count)


def _features(planes: Plane, cell: int) -> Plane:
    """Shape (10, rows, columns): eight Walsh means of luma and the mean chroma of each block of 4 by 4 cells."""
    block = 4 * cell
    height, width = planes.shape[0] - block + 1, planes.shape[1] - block + 1
    if height < 1 or width < 1:
        return np.empty((10, 0, 0), np.float32)
    cells = _means(planes[..., 0], cell)
    rows = [_walsh(cells, signs, cell, width) for signs in _WALSH]
    luma = [_walsh(rows[column].T, _WALSH[row], cell, height).T / 16 for row, column in _ORDERS]
    chroma = [_means(planes[..., channel], block)[:height, :width] for channel in (1, 2)]
    return np.stack([*luma, *chroma])


def _means(plane: Plane, side: int) -> Plane:
    """Over squares, each at its first corner."""
    return np.asarray(cv2.blur(np.ascontiguousarray(plane), (side, side), anchor=(0, 0)), np.float32)


def _walsh(cells: Plane, signs: tuple[int, ...], cell: int, count: int) -> Plane:
    """The signed sum of four cells that follow each other along the rows."""
    parts = [sign * cells[:, number * cell : number * cell + count] for number, sign in enumerate(signs)]
    return parts[0] + parts[1] + parts[2] + parts[3]


def _quantised(features: Plane, offset: float) -> Keys:
    """A hash of the bins that each block's features fall into."""
    key = np.zeros(features.shape[1:], np.uint64)
    for number, (feature, step) in enumerate(zip(features, (*_STEPS, _CHROMA_STEP, _CHROMA_STEP), strict=True)):
        bins = np.floor(feature / step + offset).astype(np.int64).astype(np.uint64)
        key = (key ^ bins) * np.uint64(_ODD + 2 * number)
        key ^= key >> np.uint64(29)
    return key


def _exact(planes: Plane) -> Keys:
    """A hash of all values of each block of 8 by 8 pixels, by doubling; shape (height - 7, width - 7).

    It is 0 where a neighbour has the same, as in flat parts.
    """
    values = planes.astype(np.uint64)
    key = values[..., 0] << np.uint64(16) | values[..., 1] << np.uint64(8) | values[..., 2]
    for number, reach in enumerate((1, 2, 4)):
        key = key[:, :-reach] + key[:, reach:] * np.uint64(_ODD + 2 * number)
        key = key[:-reach] ^ (key[reach:] * np.uint64(_ODD + 64 + 2 * number))
        key ^= key >> np.uint64(31)
    flat = np.zeros(key.shape, bool)
    flat[:, 1:] |= key[:, 1:] == key[:, :-1]
    flat[1:] |= key[1:] == key[:-1]
    key[flat] = 0
    return key


def _sorted(key: Keys) -> Keys:
    """Hash in the high bits, shuffled position in the low ones, sorted: equal hashes lie side by side.

    In raster order the neighbours in a bucket would be neighbours in the picture, and no pair would reach far.
    """
    return np.sort((key.ravel() & ~_LOW) | _shuffled(np.arange(key.size, dtype=np.uint64)))


def _shuffled(positions: Keys) -> Keys:
    """Positions in an order like chance, each to another: cheaper than a permutation, which reads all over memory."""
    mixed = positions
    for odd in _MIXERS:
        mixed = mixed * odd & _LOW
        mixed ^= mixed >> _HALF
    return mixed


def _restored(shuffled: Keys) -> Keys:
    """The way back: half the bits are never shifted into themselves, and odd numbers have inverses."""
    mixed = shuffled
    for inverse in reversed(_UNMIXERS):
        mixed = (mixed ^ mixed >> _HALF) * inverse & _LOW
    return mixed


def _votes(keys: Keys, width: int, at_least: int) -> Iterator[tuple[Places, Weights]]:
    """Cells of the vote plane (by dy and dx + width: a pair has no direction) and weights, for each neighbour."""
    alike = _alike(keys >> np.uint64(_POSITION_BITS))
    telling = (alike > 1) & (alike <= _CROWDED)
    keys, rarity = keys[telling], 1 / alike[telling]
    place, bucket = _restored(keys & _LOW).astype(np.int64), keys >> np.uint64(_POSITION_BITS)
    rows, columns = place // width, place % width
    for lag in range(1, _LAGS + 1):
        same = np.flatnonzero(bucket[lag:] == bucket[:-lag])
        dy, dx = rows[same + lag] - rows[same], columns[same + lag] - columns[same]
        far = dy * dy + dx * dx >= at_least * at_least
        sign = np.where((dy < 0) | ((dy == 0) & (dx < 0)), -1, 1)[far]
        yield (dy[far] * sign) * (2 * width) + dx[far] * sign + width, rarity[same[far]]


def _alike(bucket: Keys) -> Places:
    """The number of blocks with the same key, for each block; 0 for those whose key says that they are flat."""
    starts = np.flatnonzero(np.r_[True, bucket[1:] != bucket[:-1]])
    sizes = np.diff(np.r_[starts, len(bucket)])
    return np.repeat(sizes * (bucket[starts] > 0), sizes)


def _peaks(votes: Plane, count: int) -> list[tuple[int, int]]:
    """The strongest cells, each the largest of its 5 by 5 neighbours."""
    smooth = _above_background(_mean(votes, 3))
    top = (smooth == cv2.dilate(smooth, np.ones((5, 5), np.uint8))) & (smooth > 0)
    found = np.flatnonzero(top)
    best = found[np.argsort(-smooth.ravel()[found], kind="stable")[:count]]
    width = votes.shape[1]
    return [_strongest(votes, int(place) // width, int(place) % width) for place in best]


def _above_background(votes: Plane) -> Plane:
    """Deviations above the mean of the neighbourhood: smooth areas make broad hills, a copy a sharp peak."""
    mean = _mean(votes, _NEIGHBOURHOOD)
    return np.asarray((votes - mean) / np.sqrt(mean + 0.1), np.float32)


def _mean(votes: Plane, side: int) -> Plane:
    return np.asarray(cv2.blur(votes, (side, side), borderType=cv2.BORDER_CONSTANT), np.float32)


def _strongest(votes: Plane, row: int, column: int) -> tuple[int, int]:
    """The cell of most votes within one of (row, column), as (dx, dy)."""
    top, left = max(row - 1, 0), max(column - 1, 0)
    window = votes[top : row + 2, left : column + 2]
    dy, dx = np.unravel_index(int(window.argmax()), window.shape)
    return int(left + dx) - votes.shape[1] // 2, int(top + dy)
