"""Bringing a part of a picture onto its equal, to a fraction of a pixel."""

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Transform = npt.NDArray[np.float64]
Box = tuple[slice, slice]

OUTSIDE = -1e4  # where the equal would lie outside the picture: agrees with nothing
_ROUNDS = 6
_STILL = 0.01  # pixels: a step that moves no corner farther ends the search


def warped(luma: Plane, transform: Transform, box: Box) -> Plane:
    """The equals of the pixels of `box`: value at (x, y) of the picture's at transform · (x, y, 1), bilinear."""
    rows, columns = box
    start = transform[:, :2] @ [columns.start, rows.start] + transform[:, 2]
    local = np.column_stack([transform[:, :2], start])
    size = (columns.stop - columns.start, rows.stop - rows.start)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(luma, local, size, flags=flags, borderValue=OUTSIDE), np.float32)


def aligned(luma: Plane, transform: Transform, box: Box) -> Transform:
    """The affine transform near this one that leaves the least difference (Lucas and Kanade, 1981).

    Pixels that differ much have little weight, since a box holds more than what was copied.
    """
    own, size = luma[box], luma[box].shape
    best, least = transform, _misfit(own, warped(luma, transform, box))
    current = transform
    for _ in range(_ROUNDS):
        step = _step(own, warped(luma, current, box))
        if step is None:
            break
        current = _composed(current, step, box)
        misfit = _misfit(own, warped(luma, current, box))
        if misfit < 0.97 * least:
            best, least = current, misfit
        if np.abs(step @ [size[1] / 2, size[0] / 2, 1]).max() < _STILL:
            break
    return best


def _misfit(own: Plane, other: Plane) -> float:
    """Mean difference, each pixel's bounded: what was not copied counts alike whatever the transform."""
    return float(np.minimum(np.abs(own - other), 24).mean())


def _step(own: Plane, other: Plane) -> Transform | None:
    """The change of the affine transform, about the middle of the box, that one Gauss-Newton step asks for."""
    across, down = cv2.Sobel(other, -1, 1, 0, scale=0.125), cv2.Sobel(other, -1, 0, 1, scale=0.125)
    error = own - other
    weight = 1 / (1 + (error / 8) ** 2) ** 2 * (other > 0)
    rows, columns = np.indices(own.shape, np.float32)
    x, y = columns - own.shape[1] / 2, rows - own.shape[0] / 2
    design = np.stack([across * x, across * y, across, down * x, down * y, down], axis=-1).reshape(-1, 6)
    weighted = design * weight.reshape(-1, 1)
    try:
        return np.linalg.solve(weighted.T @ design + 1e-3 * np.eye(6), weighted.T @ error.ravel()).reshape(2, 3)
    except np.linalg.LinAlgError:
        return None


def _composed(transform: Transform, step: Transform, box: Box) -> Transform:
    """First the step about the middle of the box, then the transform."""
    rows, columns = box
    x, y = (columns.start + columns.stop) / 2, (rows.start + rows.stop) / 2
    change = np.eye(3)
    change[:2, :2] += step[:, :2]
    change[:2, 2] = step[:, 2] - step[:, :2] @ [x, y]
    return transform @ change
