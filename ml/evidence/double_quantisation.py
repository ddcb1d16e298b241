"""Which blocks of a JPEG were quantised twice on the same grid, told from the histograms of their coefficients.

Quantising with a step q1 and again with q2 leaves some values of a coefficient over-full and others empty. A part that
was pasted in had no first quantisation on this grid and lacks that pattern (Lin et al., 2009). The model of each
histogram, a mixture of blocks quantised once and twice, follows Bianchi, De Rosa and Piva (2011).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.evidence.blocks import Grey, Plane, coefficients

ORDERS = [(0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)]  # the lowest keep most values
_BINS = 30  # values of a coefficient told apart, on each side of zero
_LARGEST_STEP = 60
_SHARES = np.array([0.3, 0.5, 0.7, 0.85, 0.95])  # of blocks quantised twice, tried in turn
_ROUNDING = ((-1.0, 0.1), (-0.5, 0.2), (0.0, 0.4), (0.5, 0.2), (1.0, 0.1))  # of pixels between the two compressions
_TOLD = np.arange(-_BINS, _BINS + 1) != 0  # a zero tells of a plain part, not of a first quantisation
_CLIP = 2.0  # nats that one coefficient of one block may say
_CLEAR = 0.01  # nats a block, from which a pattern is more than chance


class Twice(NamedTuple):
    """What the histograms say.

    `evidence` of shape (rows, columns): log likelihood of each block as quantised twice over once, 0 where a block
    says nothing. `gain`: nats a block by which two quantisations explain the picture better than one. `steps`: first
    quantisation steps by order, for orders that show the pattern.
    """

    evidence: Plane
    gain: float
    steps: dict[tuple[int, int], int]


def examine(grey: Grey, table: npt.NDArray[np.int64], stride: int = 1) -> Twice:
    """`grey` as the file stores it, uint8 of at least 16 by 16 pixels; `table` its luminance steps of shape (8, 8)."""
    values = coefficients(grey, ORDERS, stride)
    natural = coefficients(grey, ORDERS, stride, start=(4, 4))
    evidence, gain, steps = np.zeros(values.shape[:2], np.float32), 0.0, {}
    for number, order in enumerate(ORDERS):
        step = int(table[order])
        bins = np.clip(np.rint(values[..., number] / step), -_BINS - 1, _BINS + 1).astype(np.int64) + _BINS + 1
        found = _first_step(np.bincount(bins.ravel(), minlength=2 * _BINS + 3), natural[..., number].ravel(), step)
        if found is None:
            continue
        first, better, ratio = found
        steps[order], gain = first, gain + better
        evidence += ratio[bins]
    return Twice(evidence, gain, steps)


def _first_step(histogram: npt.NDArray[np.int64], natural: Plane, step: int) -> tuple[int, float, Plane] | None:
    """The first step that explains the histogram best, its gain in nats a block, and what each bin says for it."""
    spread = _spread(natural, step)
    once = _quantised(spread, 1, step)
    inner = histogram[1:-1] * _TOLD  # the outermost bins hold all that is larger
    total = max(int(inner.sum()), 1)
    base = float(inner @ np.log(once))
    best: tuple[int, float, npt.NDArray[np.float64]] | None = None
    for first in range(2, min(_LARGEST_STEP, _BINS * step // 3)):
        if first == step:
            continue
        twice = _quantised(spread, first, step)
        mixed = _SHARES[:, None] * twice + (1 - _SHARES[:, None]) * once
        gain = (float((np.log(mixed) @ inner).max()) - base) / total
        if gain > (best[1] if best else _CLEAR):
            best = first, gain, twice
    if best is None:
        return None
    ratio = np.zeros(len(histogram), np.float32)
    ratio[1:-1] = np.clip(np.log(best[2] / once), -_CLIP, _CLIP) * _TOLD
    return best[0], best[1], ratio


def _spread(natural: Plane, step: int) -> npt.NDArray[np.float64]:
    """How coefficients of whole size are spread before quantisation, from a grid where nothing was quantised."""
    reach = (_BINS + 1) * step
    counts = np.bincount(np.clip(np.rint(natural), -reach, reach).astype(np.int64) + reach, minlength=2 * reach + 1)
    both = (counts + counts[::-1]) / 2  # cosine coefficients of photographs are symmetrical about zero
    width = max(step, 3)
    return np.asarray(np.convolve(both, np.ones(width) / width, "same") + 1e-3, np.float64)


def _quantised(spread: npt.NDArray[np.float64], first: int, second: int) -> npt.NDArray[np.float64]:
    """Shares of the inner bins after two quantisations."""
    reach = len(spread) // 2
    value = np.arange(-reach, reach + 1)
    if first > 1:
        value = first * np.rint(value / first)
    shares = np.full(2 * _BINS + 1, 1e-3 * spread.sum() / (2 * _BINS + 1))
    for error, weight in _ROUNDING if first > 1 else ((0.0, 1.0),):
        bins = np.rint((value + error) / second).astype(np.int64)
        inside = np.abs(bins) <= _BINS
        shares += weight * np.bincount(bins[inside] + _BINS, spread[inside], len(shares))
    return np.asarray(shares / shares[_TOLD].sum(), np.float64)
