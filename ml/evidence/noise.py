"""Noise: does one part of this picture have more or less noise than its brightness and texture explain?

The mean size of a Laplacian that cancels edges and ramps estimates the noise of a square (Immerkær, 1996). Brightness
and texture explain most of how it varies in one photograph; what they leave is the map. The score is the strength of
its largest part. It tells no fakes: AUC 0.44 on splices of CASIA, 0.67 to 0.74 on splices of our own, since sharpness
and depth of field vary as well. So this signal is silent whatever it sees, and its picture is for people.
"""

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence import maps
from ml.evidence.blocks import Grey, Plane
from ml.evidence.regions import box, strongest
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.sentences import Sentence, say

SIGNAL = "noise"
_LEAST_EDGE = 128
_TOO_SMALL = say("Noise is examined in pictures of at least {edge} pixels a side.", edge=_LEAST_EDGE)
_SMALL = 1_000_000  # pixels, up to which squares are small, since there are few
_BAND = 1024  # rows at a time, for the memory
_LAPLACIAN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_REACH = 5  # pixels, over which texture is a difference: longer than the noise
_WINDOW = 9  # squares, over which deviations are averaged
_CLEAR = 0.5  # standard deviations of a part that deviates
_LARGEST = 0.5  # of the picture: a part is the lesser part
_ROUNDS = 4
_FLAT = 0.15  # grey levels, added before a logarithm: rounding hides less noise than that
_LIMIT = 2.0  # standard deviations at both ends of the picture's scale


def examine(subject: Subject) -> list[Finding]:
    """One finding, always silent, with the map; raises NotApplicable for a picture too small, or flat all over."""
    grey = subject.grey
    if min(grey.shape) < _LEAST_EDGE:
        raise NotApplicable(_TOO_SMALL)
    levels = _levels(grey, 8 if grey.size < _SMALL else 16)
    if float(levels[..., 0].max()) < _FLAT:
        raise NotApplicable(say("The picture has no noise to examine: it is flat all over."))
    unexplained = deviations(levels)
    smooth = np.asarray(cv2.blur(unexplained, (_WINDOW, _WINDOW)), np.float32)
    parts = [strongest(sign * smooth > _CLEAR, sign * unexplained) for sign in (1, -1)]
    best = max((part for part in parts if part.share < _LARGEST), key=lambda part: part.total, default=parts[0])
    typical = float(np.median(levels[..., 0])) * float(np.sqrt(np.pi / 2)) / 6  # of the filter's gain
    details = {
        "score": round(best.total / smooth.size, 3), "noise_level": round(typical, 2),
        "share": round(best.share, 3), "box": box(best.mask, subject.image.size), "looked_at": 1.0,
    }  # fmt: skip
    picture = maps.draw(smooth, subject.image.size, -_LIMIT, _LIMIT)
    return [Finding(SIGNAL, "silent", _summary(typical), details, picture)]


def deviations(levels: Plane) -> Plane:
    """How far the noise of each square lies from what its brightness and texture explain, in standard deviations.

    `levels` has the shape (rows, columns, 3): noise, brightness and texture in grey levels. The fit is robust
    (weights of Cauchy), so a part that deviates bends it little.
    """
    noise, bright, texture = levels.reshape(-1, 3).T.astype(np.float64)
    wanted, light, rough = np.log(noise + _FLAT), bright / 255, np.log(texture + 0.5)
    terms = (light**0, light, light**2, light**3, rough, rough**2, rough**3, light * rough)
    design = np.stack(terms, axis=1)
    weight = np.ones(len(wanted))
    for _ in range(_ROUNDS):
        weighed = (design * weight[:, None] ** 2).T
        solution = np.linalg.solve(weighed @ design + 1e-6 * np.eye(len(terms)), weighed @ wanted)
        left = wanted - design @ solution
        spread = 1.48 * float(np.median(np.abs(left))) + 0.02
        weight = 1 / (1 + (left / (2 * spread)) ** 2)
    return np.asarray(np.clip(left / spread, -10, 10).reshape(levels.shape[:2]), np.float32)


def _levels(grey: Grey, side: int) -> Plane:
    """Noise, brightness and texture of squares of `side` pixels, shape (rows, columns, 3)."""
    bands = [grey[top : top + _BAND] for top in range(0, grey.shape[0], _BAND)]
    return np.concatenate([_of_band(band, side) for band in bands if len(band) >= side])


def _of_band(band: Grey, side: int) -> Plane:
    laplacian = np.abs(cv2.filter2D(band, cv2.CV_16S, _LAPLACIAN))
    smooth = np.asarray(cv2.blur(band, (_REACH, _REACH)), np.uint8)
    edged = cv2.copyMakeBorder(smooth, 0, _REACH, 0, _REACH, cv2.BORDER_REPLICATE)
    height, width = band.shape
    across = cv2.absdiff(edged[:height, _REACH:], smooth)
    texture = cv2.add(across, cv2.absdiff(edged[_REACH:, :width], smooth))
    return np.stack([_means(plane, side) for plane in (laplacian, band, texture)], axis=-1)


def _means(plane: npt.NDArray[np.generic], side: int) -> Plane:
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    whole = plane[: rows * side, : columns * side].astype(np.float32)
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _summary(typical: float) -> Sentence:
    return say(
        "The noise is about {level:.1f} grey levels; the picture shows where it is unusual for the brightness and "
        "texture there, which has many innocent causes and is not counted for or against.",
        level=typical,
    )
