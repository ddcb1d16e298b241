"""Which of two equal regions is the copy: what surrounds it does not continue it, and its traces are out of step.

A camera's colour filter repeats every two pixels and its JPEG blocks every eight. A region moved by a displacement
that is no multiple of them carries their traces out of step with the rest of the picture. Once the picture was
compressed again, its new blocks hide the old ones, and only the border still tells.
"""

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Transform = npt.NDArray[np.float64]
Period = tuple[int, int]  # rows, columns
Move = tuple[int, int]  # dx, dy

_LARGEST = 12.0  # grey levels: edges of the scene would drown the traces
_LEAST_PIXELS = 500
_TILE = 16  # pixels a side; tiles testify independently, neighbouring pixels do not
_RIM = (2, 7)  # pixels from the border: blending reaches to the first, what is compared to the second
_FAINT = 4.0  # grey levels, summed over the channels: a smaller step at the border is as good as none


def by_border(pixels: npt.NDArray[np.uint8], first: Flags, second: Flags, transform: Transform) -> float:
    """How clearly `first` is the original and `second`, where `transform` sends it, the copy, in standard errors.

    The inside is the same, so a larger step from inside to outside means that the outside is strange to it.
    """
    size = (first.shape[1], first.shape[0])
    step, known = _step(pixels, first)
    its_step, its_known = _step(pixels, second)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_NEAREST
    moved_step = cv2.warpAffine(its_step, transform, size, flags=flags)
    both = known & (cv2.warpAffine(its_known.astype(np.uint8), transform, size, flags=flags) > 0)
    border = both & first & ~_eroded(first, 1)
    votes = np.zeros(first.shape, np.float64)
    votes[border] = (np.log(moved_step + _FAINT) - np.log(step + _FAINT))[border]
    return _standard_score(votes)


def _step(pixels: npt.NDArray[np.uint8], mask: Flags) -> tuple[Plane, Flags]:
    """How the mean colour just inside the mask differs from that just outside, and where both are near."""
    near, far = _RIM
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    box = slice(max(top - 2 * far, 0), top + height + 2 * far), slice(max(left - 2 * far, 0), left + width + 2 * far)
    within, values = mask[box], pixels[box].astype(np.float32)
    inner = _eroded(within, near) & ~_eroded(within, far)
    outer = _eroded(~within, near) & ~_eroded(~within, far)
    (one, first), (two, second) = (_local_mean(values, rim, 2 * far + 1) for rim in (inner, outer))
    step, known = np.zeros(mask.shape, np.float32), np.zeros(mask.shape, bool)
    step[box], known[box] = np.abs(one - two).sum(axis=2), first & second
    return step, known


def _local_mean(values: Plane, mask: Flags, window: int) -> tuple[Plane, Flags]:
    weight = cv2.blur(mask.astype(np.float32), (window, window))[..., None]
    total = cv2.blur(values * mask[..., None], (window, window))
    return np.asarray(total / np.maximum(weight, 1e-3), np.float32), weight[..., 0] > 1e-3


def _eroded(mask: Flags, radius: int) -> Flags:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.erode(mask.astype(np.uint8), disc) > 0)


def by_grid(pixels: npt.NDArray[np.uint8], first: Flags, displacement: Move) -> float:
    """How clearly `first` is the original and `first` moved by (dx, dy) the copy, in standard errors; 0 for unknown.

    `pixels` is RGB of shape (height, width, 3) as decoded: any resizing takes the traces away. Each pixel's
    log-likelihood ratio of the two origins is summed over tiles, whose scatter gives the error.
    """
    dx, dy = displacement
    second = _shifted(first, dx, dy)
    rest = ~(first | second)
    if min(first.sum(), second.sum(), rest.sum()) < _LEAST_PIXELS:
        return 0.0
    votes = np.zeros(first.shape, np.float64)
    for trace, period in _traces(pixels):
        template = _profile(trace, rest, period)
        votes[first] += _ratio(trace, first, template, (0, 0), (dx, dy))
        votes[second] += _ratio(trace, second, template, (-dx, -dy), (0, 0))
    return _standard_score(votes)


def _traces(pixels: npt.NDArray[np.uint8]) -> list[tuple[Plane, Period]]:
    """Residuals, each with its period in rows and columns: block edges across and down, colour filter by channel."""
    planes = [np.ascontiguousarray(pixels[..., c], np.float32) for c in range(3)]
    luma = 0.299 * planes[0] + 0.587 * planes[1] + 0.114 * planes[2]
    across, down = np.array([[-1, 2, -1]], np.float32), np.array([[-1], [2], [-1]], np.float32)
    cross = np.array([[0, -0.25, 0], [-0.25, 1, -0.25], [0, -0.25, 0]], np.float32)
    found = [(_residual(luma, across), (1, 8)), (_residual(luma, down), (8, 1))]
    return found + [(_residual(plane, cross), (2, 2)) for plane in planes]


def _residual(plane: Plane, kernel: Plane) -> Plane:
    return np.asarray(np.minimum(np.abs(cv2.filter2D(plane, -1, kernel)), _LARGEST))


def _profile(trace: Plane, mask: Flags, period: Period) -> Plane:
    """Mean of the trace at each phase, rows by columns, over the mean of all, less one."""
    means = np.array([
        [trace[row :: period[0], column :: period[1]][mask[row :: period[0], column :: period[1]]].mean()
         for column in range(period[1])] for row in range(period[0])
    ], np.float32)  # fmt: skip
    return np.asarray(np.nan_to_num(means / max(float(means.mean()), 1e-6) - 1), np.float32)


def _ratio(trace: Plane, mask: Flags, template: Plane, here: Move, there: Move) -> npt.NDArray[np.float64]:
    """Log-likelihood ratio of each masked pixel: made `here`, relative to where it lies, rather than `there`."""
    values = trace[mask] / max(float(trace[mask].mean()), 1e-6) - 1
    one, two = _expected(mask, template, here), _expected(mask, template, there)
    return np.asarray((values * (one - two) - (one**2 - two**2) / 2) / max(float(values.var()), 1e-6), np.float64)


def _expected(mask: Flags, template: Plane, move: Move) -> Plane:
    rows, columns = np.nonzero(mask)
    phases = (rows + move[1]) % template.shape[0], (columns + move[0]) % template.shape[1]
    return np.asarray(template[phases], np.float32)


def _standard_score(votes: npt.NDArray[np.float64]) -> float:
    rows, columns = np.nonzero(votes)
    across = votes.shape[1] // _TILE + 1
    sums = np.bincount(rows // _TILE * across + columns // _TILE, votes[rows, columns])
    return float(sums.sum() / np.sqrt((sums**2).sum())) if sums.any() else 0.0


def _shifted(mask: Flags, dx: int, dy: int) -> Flags:
    shift = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    size = (mask.shape[1], mask.shape[0])
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), shift, size, flags=cv2.INTER_NEAREST) > 0)
