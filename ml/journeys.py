"""What may happen to a picture before somebody uploads it: one named step each, the same for every class.

A journey begins at the working image (`views.working_image`), so that a camera's original and a small picture cost
alike: what is larger is first made smaller, as messengers do.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFilter

from ml.config import Degradation
from ml.data import Record
from ml.degrade import degraded_copy
from ml.views import reencoded, scaled

_SCREENSHOT_QUALITY = 85
Step = Callable[[Image.Image, np.random.Generator], Image.Image]


@dataclass(frozen=True, slots=True)
class Journey:
    """One step of a strength. `name` tells it from every other; `seed` goes into what it draws beside the content.

    With `keeps_file`, the picture still counts as one of its original's size and compression when it is judged;
    otherwise `jpeg_quality` is that of the file at its end, None where the step loses nothing.
    """

    family: str
    level: str
    step: Step
    seed: int = 0
    keeps_file: bool = False
    jpeg_quality: int | None = None

    @property
    def name(self) -> str:
        """Family and strength, such as "jpeg 75"."""
        return f"{self.family} {self.level}".strip()

    def __call__(self, image: Image.Image, sha256: str) -> Image.Image:
        """The picture at the end of its journey; what is drawn depends on its content (hexadecimal digest) alone."""
        words = [int(sha256[:8], 16), self.seed] if self.seed else int(sha256[:8], 16)
        return self.step(image, np.random.default_rng(words))

    def arrived(self, record: Record, width: int, height: int) -> Record:
        """The record as the picture at the end would be described."""
        if self.keeps_file:
            return record
        return replace(record, width=width, height=height, jpeg_quality=self.jpeg_quality)


def degraded(how: Degradation, size: int) -> Journey:
    """The random degradation of training, once for each picture, for a model of this input edge in pixels."""
    return Journey("degraded", repr(how), lambda image, rng: degraded_copy(image, size, how, rng), keeps_file=True)


def cropped(image: Image.Image, share: float, rng: np.random.Generator) -> Image.Image:
    """A crop of the picture's own shape with this share of its area, somewhere in it."""
    width, height = (max(8, round(edge * share**0.5)) for edge in image.size)
    left, top = int(rng.integers(image.width - width + 1)), int(rng.integers(image.height - height + 1))
    return image.crop((left, top, left + width, top + height))


def screenshot(image: Image.Image, zoom: float, rng: np.random.Generator) -> Image.Image:
    """The picture as a screenshot shows it: scaled by a number that is no integer, a rim of the page, JPEG 85."""
    shown = scaled(image, zoom * float(rng.uniform(0.97, 1.03)))
    rim = [int(edge) for edge in rng.integers(1, max(2, min(shown.size) // 40) + 1, size=4)]
    page = Image.new("RGB", (shown.width + rim[0] + rim[1], shown.height + rim[2] + rim[3]), _page(rng))
    page.paste(shown, (rim[0], rim[2]))
    return reencoded(page, _SCREENSHOT_QUALITY)


def _page(rng: np.random.Generator) -> tuple[int, int, int]:
    """A light page or a dark one."""
    level = int(rng.choice([255, 246, 32, 18]))
    return level, level, level


def _jpeg(quality: int) -> Journey:
    return Journey("jpeg", str(quality), lambda image, rng: reencoded(image, quality), jpeg_quality=quality)


def _scale(factor: float) -> Journey:
    return Journey("scale", f"{factor:g}", lambda image, rng: scaled(image, factor))


def _blur(radius: float) -> Journey:
    return Journey("blur", f"{radius:g}", lambda image, rng: image.filter(ImageFilter.GaussianBlur(radius)))


def _crop(share: float) -> Journey:
    return Journey("crop", f"{share:g}", lambda image, rng: cropped(image, share, rng), seed=1)


def _screenshot(zoom: float) -> Journey:
    return Journey(
        "screenshot", f"{zoom:g}", lambda image, rng: screenshot(image, zoom, rng), 2, jpeg_quality=_SCREENSHOT_QUALITY
    )


CURVES: tuple[Journey, ...] = (
    *map(_jpeg, (95, 85, 75, 65, 50, 40, 30)),
    *map(_scale, (0.75, 0.5, 0.35, 0.25)),
    *map(_blur, (0.5, 1.0, 1.5, 2.0)),
    *map(_crop, (0.9, 0.75, 0.5, 0.25)),
    *map(_screenshot, (0.7, 0.9, 1.25)),
)
