"""Spectrum: peaks that the up-sampling of a generator leaves at halves, quarters and eighths of the sampling rate.

After Zhang, Karaman and Chang (2019) for the peaks and Durall, Keuper and Keuper (2020) for the energy at high
frequencies, over squares at the picture's own scale. JPEG blocks make peaks at every multiple of 1/8 on the axes, so
only frequencies off both axes count. Even so, cameras' own processing leaves stronger peaks than the generators
measured: no fake of 188 was above the bound of 2 % false alarms. So this signal is silent, and its picture is for
people.
"""

import cv2
import numpy as np

from ml.evidence import maps, spectra
from ml.evidence.blocks import Grey, Plane
from ml.evidence.spectra import Peak
from ml.evidence.subject import NotApplicable, Subject
from ml.evidence.tiles import looked_at, spread
from ml.findings import Finding
from ml.sentences import Sentence, say, say_many

SIGNAL = "spectrum"
_LEAST_EDGE = 128
_TOO_SMALL = say("The spectrum is examined in pictures of at least {edge} pixels a side.", edge=_LEAST_EDGE)
_TILE = 256
_MOST_PIXELS = 1_500_000
_LIMIT = 12.0  # grey levels: edges of the scene would drown the traces
_EIGHTH = 0.125
_SHOWN = 3.0  # standard errors of a peak that is marked; noise alone seldom reaches it
_PICTURE = (512, 512)


def examine(subject: Subject) -> list[Finding]:
    """One finding, always silent, with the spectrum; raises NotApplicable for a picture that is too small."""
    grey = subject.grey
    if min(grey.shape) < _LEAST_EDGE:
        raise NotApplicable(_TOO_SMALL)
    side = _TILE if min(grey.shape) >= _TILE else _LEAST_EDGE
    boxes = list(spread(grey.shape, side, _MOST_PIXELS))
    spectrum = spectra.mean_spectrum(grey, boxes, _residual)
    ratio = spectra.above_background(spectrum)
    found = [_lattice_peak(ratio, down, across, len(boxes)) for down, across in _lattice()]
    marked = [peak for peak in found if peak.height > _SHOWN]
    details = {
        "score": round(max(peak.height for peak in found), 2),
        "peaks": [{"frequency": list(peak.frequency), "height": round(peak.height, 2)} for peak in marked],
        "high_frequencies": round(_decay(spectrum), 2), "looked_at": looked_at(boxes, grey.shape),
    }  # fmt: skip
    circles = tuple(
        (round((peak.frequency[1] + 0.5) * side), round((peak.frequency[0] + 0.5) * side)) for peak in marked
    )
    picture = maps.draw(np.log(ratio), _PICTURE, -0.5, 1.5, circles=circles)
    return [Finding(SIGNAL, "silent", _summary(len(marked), subject.facts.format), details, picture)]


def _residual(grey: Grey) -> Plane:
    """What a small blur takes away, bounded."""
    values = grey.astype(np.float32)
    return np.asarray(np.clip(values - cv2.GaussianBlur(values, (0, 0), 1.0), -_LIMIT, _LIMIT), np.float32)


def _lattice() -> list[tuple[float, float]]:
    """Multiples of 1/8 (down, across), off both axes, one of each pair of opposite frequencies."""
    steps = [number * _EIGHTH for number in range(-4, 4)]
    half = [(down, across) for down in steps for across in steps if down < 0 and across != 0]
    return [(down, across) for down, across in half if down > -0.5 or across <= 0]


def _lattice_peak(ratio: Plane, down: float, across: float, squares: int) -> Peak:
    """Its height in standard errors: a mean of more squares is steadier."""
    side = ratio.shape[0]
    height = float(ratio[round((down + 0.5) * side), round((across + 0.5) * side)])
    return Peak((down, across), (height - 1) * squares**0.5 * 2)  # an amplitude of noise deviates by half its size


def _decay(spectrum: Plane) -> float:
    """Natural logarithm of the amplitude near the highest frequencies over that at half of them."""
    radius = np.hypot(*spectra.frequencies(spectrum.shape[0]))
    logs = np.log(spectrum + 1e-3)
    return float(logs[(radius > 0.4) & (radius < 0.5)].mean() - logs[(radius > 0.2) & (radius < 0.3)].mean())


def _summary(count: int, form: str) -> Sentence:
    if count:
        return say_many(
            "The spectrum shows {count} peak where the up-sampling of generators can leave them; cameras leave such "
            "peaks too, so they are not counted for or against.",
            "The spectrum shows {count} peaks where the up-sampling of generators can leave them; cameras leave such "
            "peaks too, so they are not counted for or against.",
            count,
        )
    hidden = form in ("JPEG", "WEBP", "HEIC", "AVIF")
    return say(
        "The spectrum shows no peaks where the up-sampling of generators can leave them{hidden}.",
        hidden=say(" (lossy compression hides most such traces)") if hidden else "",
    )
