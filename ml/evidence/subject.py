"""What every signal may look at: one picture, decoded once, the bytes it came from and the model that judged it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.images import ImageFacts
from ml.sentences import Sentence

Rows = list[list[float]]


class NotApplicable(Exception):
    """This signal cannot speak of this picture; `reason` is one sentence that tells a person why."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


class Opinion(NamedTuple):
    """What the model alone says of a picture: label, calibrated probability of a fake, and where.

    `heatmap` are rows of 0 to 1, how much each place speaks for a fake; `altered` how likely each place was altered,
    or None where the model has no such branch; from `altered_from` on a place counts as altered.
    """

    label: str
    fake_probability: float
    heatmap: Rows | None
    altered: Rows | None
    altered_from: float = 0.5


@dataclass(frozen=True)
class Subject:
    """A picture under examination.

    `data` are the bytes of the whole file. `image` is upright RGB: the whole picture for deep signals, and for quick
    ones, which run before the answer, a smaller copy of it. `judge` asks the model about any picture, None where there
    is no model. `apart` has what native code reads besides, the preview within the file and its Content Credentials,
    read as the picture was: in a process of its own. Signals share what is cached here and change nothing.
    """

    data: bytes
    facts: ImageFacts
    image: Image.Image
    judge: Callable[[Image.Image], Opinion] | None = None
    apart: bool = False

    @cached_property
    def opinion(self) -> Opinion | None:
        """What the model says of this very picture."""
        return self.judge(self.image) if self.judge else None

    @cached_property
    def pixels(self) -> npt.NDArray[np.uint8]:
        """RGB of shape (height, width, 3)."""
        return np.asarray(self.image, np.uint8)

    @cached_property
    def grey(self) -> npt.NDArray[np.uint8]:
        """Luma (ITU-R 601) of shape (height, width): a third of the memory, and all that most traces need."""
        return np.asarray(self.image.convert("L"), np.uint8)
