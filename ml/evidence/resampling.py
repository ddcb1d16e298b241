"""Resampling: was this picture, or a part of it, scaled? Interpolated pixels depend on their neighbours periodically.

A fixed linear predictor (Kirchner, 2008, for the one that Popescu and Farid fit) leaves a map of how well neighbours
explain each pixel; scaling makes it periodic, as it does the second derivative (Gallagher, 2005; Mahdian and Saic,
2008). To scale a whole picture is no manipulation. One square whose period the others lack is told and not counted:
of enlarged parts in lossless files 83 to 100 % are found, and 6 % of photographs of many kinds show such a square.
"""

from typing import NamedTuple

import cv2
import numpy as np

from ml.evidence import maps, spectra
from ml.evidence.blocks import Grey, Plane
from ml.evidence.spectra import Flags, Peak
from ml.evidence.subject import NotApplicable, Subject
from ml.evidence.tiles import Box, looked_at, spread
from ml.findings import Finding
from ml.sentences import Sentence, say

SIGNAL = "resampling"
THRESHOLD = 12.0  # standard errors of one square's own peak; docs/signals/resampling.md has the rates
_WHOLE = 12.0  # of a peak that all the picture shares, for words only
_LOCAL = say(
    "One part of the picture shows traces of having been enlarged that the rest lacks; photographs can show that too, "
    "so it is not counted for or against."
)
_LEAST_EDGE = 128
_TOO_SMALL = say("Resampling is examined in pictures of at least {edge} pixels a side.", edge=_LEAST_EDGE)
_TILE = 256
_MOST_PIXELS = 1_500_000
_PREDICTOR = np.array([[-0.25, 0.5, -0.25], [0.5, 0, 0.5], [-0.25, 0.5, -0.25]], np.float32)
_SOFTNESS = 4.0  # squared grey levels of a pixel that is explained by half
_LOWEST = 0.06  # cycles a pixel: below it, the scene speaks
_NEAR = 2.5  # frequencies of the spectrum, around a multiple of 1/16, that JPEG blocks explain
_ON_AXIS = 1.5
_SHOWN = 4  # peaks
_LEAST_SQUARES = 4
_PICTURE = (512, 512)


class Local(NamedTuple):
    """The square whose own peak stands out most from what all squares share; height in standard errors.

    `ratio` is its spectrum over the mean of all squares.
    """

    peak: Peak
    place: Box
    ratio: Plane


def examine(subject: Subject) -> list[Finding]:
    """One finding, silent: whether a part was enlarged and the rest was not, or the whole.

    Raises NotApplicable for a picture that is too small.
    """
    grey = subject.grey
    if min(grey.shape) < _LEAST_EDGE:
        raise NotApplicable(_TOO_SMALL)
    side = _TILE if min(grey.shape) >= _TILE else _LEAST_EDGE
    boxes, allowed = list(spread(grey.shape, side, _MOST_PIXELS)), _allowed(side)
    squares = [spectra.mean_spectrum(grey, [place], _explained) for place in boxes]
    mean = np.asarray(np.mean(squares, axis=0), np.float32)
    ratio = spectra.above_background(mean)
    whole = [_in_errors(peak, len(boxes)) for peak in spectra.peaks(ratio, allowed, _SHOWN)]
    clear = [peak for peak in whole if peak.height > _WHOLE]
    local = _local(squares, mean, boxes, allowed)
    apart = local is not None and local.peak.height > THRESHOLD
    details = {
        "score": round(local.peak.height, 2) if local else 0.0, "threshold": THRESHOLD,
        "local": _as_json(local), "whole_score": round(whole[0].height, 2) if whole else 0.0,
        "peaks": [{"frequency": list(peak.frequency), "height": round(peak.height, 2)} for peak in clear],
        "factors": factors(clear[0]) if clear else [], "looked_at": looked_at(boxes, grey.shape),
    }  # fmt: skip
    if local is not None and apart:
        picture = _picture(local.ratio, [local.peak])
        return [Finding(SIGNAL, "silent", _LOCAL, details, picture)]
    return [Finding(SIGNAL, "silent", _summary(clear), details, _picture(ratio, clear))]


def _picture(ratio: Plane, marked: list[Peak]) -> bytes:
    """The spectrum over its background, zero frequency in the middle, with circles around the peaks."""
    side = ratio.shape[0]
    places = [[round((part + 0.5) * side) for part in peak.frequency] for peak in marked]
    return maps.draw(np.log(ratio), _PICTURE, -0.5, 1.5, circles=tuple((column, row) for row, column in places))


def factors(peak: Peak) -> list[float]:
    """The two enlargements that leave a peak at this frequency: 1 / f and 1 / (1 - f), the smaller first."""
    frequency = max(abs(peak.frequency[0]), abs(peak.frequency[1]))
    return [round(1 / (1 - frequency), 2), round(1 / frequency, 2)]


def _explained(grey: Grey) -> Plane:
    """1 where a pixel is what its neighbours predict, towards 0 where it is not."""
    values = grey.astype(np.float32)
    error = values - cv2.filter2D(values, -1, _PREDICTOR)
    return np.asarray(np.exp(-error * error / _SOFTNESS), np.float32)


def _allowed(side: int) -> Flags:
    """On an axis, as scaling without a turn leaves its peaks; not low, and not where JPEG blocks leave theirs."""
    down, across = spectra.frequencies(side)
    low = np.hypot(down, across) < _LOWEST
    axis = np.minimum(np.abs(down), np.abs(across)) < _ON_AXIS / side
    along = np.maximum(np.abs(down), np.abs(across))
    blocks = np.abs(along * 16 - np.rint(along * 16)) / 16 < _NEAR / side
    return np.asarray(axis & ~low & ~blocks)


def _in_errors(peak: Peak, squares: int) -> Peak:
    """Height in standard errors: a mean of more squares is steadier, and noise deviates by half its amplitude."""
    return Peak(peak.frequency, (peak.height - 1) * squares**0.5 * 2)


def _local(squares: list[Plane], mean: Plane, boxes: list[Box], allowed: Flags) -> Local | None:
    """None where there are too few squares. Their mean is a steadier measure of what is usual than their median."""
    if len(squares) < _LEAST_SQUARES:
        return None
    best: Local | None = None
    for square, place in zip(squares, boxes, strict=True):
        ratio = square / np.maximum(mean, 1e-6)
        scaled = np.asarray(ratio / max(float(np.median(ratio)), 1e-6), np.float32)
        for found in spectra.peaks(scaled, allowed, 1):  # none where a square is of one shade
            peak = _in_errors(found, 1)
            if best is None or peak.height > best.peak.height:
                best = Local(peak, place, scaled)
    return best


def _as_json(local: Local | None) -> dict[str, object] | None:
    if local is None:
        return None
    rows, columns = local.place
    return {
        "frequency": list(local.peak.frequency), "height": round(local.peak.height, 2),
        "box": [columns.start, rows.start, columns.stop, rows.stop],
    }  # fmt: skip


def _summary(clear: list[Peak]) -> Sentence:
    if not clear:
        return say("No trace of scaling was found; later compression, or scaling to a smaller size, hides it.")
    small, large = factors(clear[0])
    return say(
        "The picture seems to have been enlarged as a whole (a factor of {small:g} or {large:g} fits), which is "
        "common and is not counted for or against.",
        small=small, large=large,
    )  # fmt: skip
