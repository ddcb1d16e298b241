"""Whether a picture's quality is of a kind that was tested: its compression, its sharpness, and how much is plain.

Roughness is the mean size of second differences of brightness over that of first differences: near 0 where brightness
changes smoothly, the square root of 3 for noise, 2 where flat areas meet in single steps. Plainness is the share of
the picture that has its commonest brightness: charts, drawings and screenshots have a ground, few photographs do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.sentences import Sentence, say

BLURRED = say("The picture is more blurred than those the model was tested on.")
ROUGH = say("The picture is noisier, or has harder edges, than those the model was tested on.")
SHARE = 0.005  # of the validation images, at most, outside the roughness that counts as tested, and outside plainness


class Quality(NamedTuple):
    """Roughness, 0 to 2, None for a picture that is flat all over; plainness, 0 to 1."""

    roughness: float | None
    plainness: float

    @classmethod
    def of(cls, pair: npt.NDArray[np.floating]) -> "Quality":
        """From two stored numbers, of which the first is NaN for a flat picture."""
        return cls(None if np.isnan(pair[0]) else float(pair[0]), float(pair[1]))


@dataclass(frozen=True, slots=True)
class QualityRange:
    """What was tested: the lowest JPEG quality (1 to 100), roughness at both ends, and the greatest plainness."""

    jpeg_quality: int  # as `data.jpeg_quality` reads it from the file's table
    roughness: tuple[float, float]
    plainness: float

    def complaint(self, jpeg_quality: int | None, quality: Quality) -> Sentence | None:
        """Why a picture is outside, or None. `jpeg_quality` is None for a file that is no JPEG."""
        if jpeg_quality is not None and jpeg_quality < self.jpeg_quality:
            return say(
                "At JPEG quality {quality} it is compressed more strongly than those the model was tested on.",
                quality=jpeg_quality,
            )
        if quality.plainness > self.plainness:
            return say(
                "One shade fills {share:.0%} of the picture, as the ground of a chart, a drawing or a "
                "screenshot does, or a sky without detail: the model was tested on photographs with hardly any such.",
                share=quality.plainness,
            )
        if quality.roughness is not None and quality.roughness < self.roughness[0]:
            return BLURRED
        return ROUGH if quality.roughness is not None and quality.roughness > self.roughness[1] else None

    def to_card(self) -> dict[str, Any]:
        """Plain JSON values."""
        rest = {"roughness": list(self.roughness), "plainness": self.plainness}
        return {"jpeg_quality": self.jpeg_quality, **rest}

    @classmethod
    def from_card(cls, part: Mapping[str, Any]) -> "QualityRange":
        """Raises KeyError, TypeError or ValueError on a part that is not whole."""
        low, high = map(float, part["roughness"])
        return cls(int(part["jpeg_quality"]), (low, high), float(part["plainness"]))


def fit(measured: Sequence[Quality], jpeg_quality: int, share: float = SHARE) -> QualityRange:
    """The range of validation images, as they are and degraded; `jpeg_quality` is the lowest that was tested.

    Raises:
        ValueError: no picture has any contrast.
    """
    roughness = [quality.roughness for quality in measured if quality.roughness is not None]
    if not roughness:
        raise ValueError("The roughness of no picture could be measured.")
    # Of n values at most share × n lie beyond one that was measured: no interpolation between two.
    low = float(np.quantile(roughness, share / 2, method="lower"))
    high = float(np.quantile(roughness, 1 - share / 2, method="higher"))
    plain = float(np.quantile([quality.plainness for quality in measured], 1 - share, method="higher"))
    return QualityRange(jpeg_quality, (low, high), plain)


def measure(image: Image.Image) -> Quality:
    """The quality of a working image (`views.working_image`)."""
    grey = np.asarray(image.convert("L"))
    plainness = float(np.bincount(grey.ravel(), minlength=256).max() / grey.size)
    return Quality(_roughness(grey.astype(np.float32)), plainness)


def _roughness(grey: npt.NDArray[np.float32]) -> float | None:
    if min(grey.shape) < 3:
        return None
    first, second = (_mean_difference(grey, order) for order in (1, 2))
    return second / first if first > 0 else None


def _mean_difference(grey: npt.NDArray[np.float32], order: int) -> float:
    return sum(float(np.abs(np.diff(grey, order, axis=axis)).mean()) for axis in (0, 1)) / 2
