"""Mean spectra over squares of a picture, at its own scale, and the peaks that stand out of them."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence.blocks import Grey, Plane
from ml.evidence.tiles import Box

Flags = npt.NDArray[np.bool_]

_NEIGHBOURHOOD = 17  # frequencies a side whose median is the background of a peak


class Peak(NamedTuple):
    """`frequency` in cycles a pixel (down, across), each -0.5 to 0.5; `height` over the background, as a ratio."""

    frequency: tuple[float, float]
    height: float


def mean_spectrum(grey: Grey, boxes: Iterable[Box], trace: Callable[[Grey], Plane]) -> Plane:
    """The mean amplitude over squares of one size, of what `trace` makes of each; zero frequency in the middle."""
    total: Plane | None = None
    number = 0
    for place in boxes:
        values = trace(np.ascontiguousarray(grey[place]))
        values = (values - values.mean()) * _window(values.shape)
        parts = cv2.split(cv2.dft(values, flags=cv2.DFT_COMPLEX_OUTPUT))
        spectrum = np.asarray(cv2.magnitude(parts[0], parts[1]), np.float32)
        total = spectrum if total is None else total + spectrum
        number += 1
    if total is None:
        raise ValueError("A spectrum needs at least one square of the picture.")
    return np.asarray(np.fft.fftshift(total / number), np.float32)


def above_background(spectrum: Plane) -> Plane:
    """Each amplitude over the median of its neighbourhood, which wraps around as frequencies do."""
    edge = _NEIGHBOURHOOD // 2
    largest = max(float(spectrum.max()), 1e-9)
    levels = np.log(spectrum / largest + 1e-6)
    scaled = np.round((levels - levels.min()) * (255 / max(float(np.ptp(levels)), 1e-6))).astype(np.uint8)
    padded = cv2.copyMakeBorder(scaled, edge, edge, edge, edge, cv2.BORDER_WRAP)
    background = cv2.medianBlur(padded, _NEIGHBOURHOOD)[edge:-edge, edge:-edge].astype(np.float32)
    return np.asarray(np.exp((scaled - background) * (float(np.ptp(levels)) / 255)), np.float32)


def peaks(ratio: Plane, allowed: Flags, count: int) -> list[Peak]:
    """The `count` largest local maxima where `allowed`, one of each pair of opposite frequencies."""
    side = ratio.shape[0]
    half = np.zeros(ratio.shape, bool)
    half[side // 2 :] = True
    top = (ratio == cv2.dilate(ratio, np.ones((5, 5), np.uint8))) & allowed & half
    places = np.argwhere(top)
    best = places[np.argsort(-ratio[top], kind="stable")[:count]]
    return [
        Peak((round((row - side // 2) / side, 4), round((column - side // 2) / side, 4)), float(ratio[row, column]))
        for row, column in best.tolist()
    ]


def frequencies(side: int) -> tuple[Plane, Plane]:
    """(down, across) in cycles a pixel, each of shape (side, side), zero in the middle."""
    line = ((np.arange(side) - side // 2) / side).astype(np.float32)
    down, across = np.meshgrid(line, line, indexing="ij")
    return down, across


def _window(shape: tuple[int, ...]) -> Plane:
    return np.asarray(cv2.createHanningWindow(shape[::-1], cv2.CV_32F), np.float32)
