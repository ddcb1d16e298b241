"""All that the network says of one picture: the views of the whole, its details, where it was altered."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.decide import VIEWS
from ml.images import to_input
from ml.quality import Quality, measure
from ml.runtime import Output
from ml.views import Pixels, detail_views, stability_views


class Look(NamedTuple):
    """`logits` of shape (5, classes): a row for each of `decide.VIEWS` and one for the mean of the details.

    `cam`, `mask` and `features` are those of the picture as it is (see `runtime.Output`); `quality` is measured on it.
    """

    logits: npt.NDArray[np.float32]
    cam: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32] | None
    features: npt.NDArray[np.float32] | None
    quality: Quality


def glance(run: Callable[[Pixels], Output], image: Image.Image, size: int, *, details: bool = True) -> Look:
    """A look of half the cost, for the many pictures that signals ask about: as it is, mirrored, and two details.

    Every view of the whole is given the mean of both: a glance does not test whether re-encoding changes the verdict.
    """
    seen = to_input(image, size)
    first, mirrored = run(seen), run(np.ascontiguousarray(seen[:, ::-1]))
    tiles = [run(view).logits for view in detail_views(image, size)[::3]] if details else []
    mean = (first.logits + mirrored.logits) / 2
    rows = [mean] * len(VIEWS) + [np.mean(tiles, axis=0) if tiles else mean]
    return _seen(np.stack(rows).astype(np.float32), first, mirrored, measure(image))


def look(run: Callable[[Pixels], Output], image: Image.Image, size: int, *, details: bool = True) -> Look:
    """Run a network over a working image. A small picture has no details: the mean of its views stands for them."""
    whole = [run(view) for view in stability_views(image, size)]
    tiles = [run(view).logits for view in detail_views(image, size)] if details else []
    rows = [output.logits for output in whole]
    logits = np.stack([*rows, np.mean(tiles or rows, axis=0)])
    return _seen(logits, whole[0], whole[-1], measure(image))


def _seen(logits: npt.NDArray[np.float32], first: Output, mirrored: Output, quality: Quality) -> Look:
    if first.mask is None or mirrored.mask is None:
        return Look(logits, first.cam, None, first.features, quality)
    return Look(logits, first.cam, np.float32(0.5) * (first.mask + mirrored.mask[:, ::-1]), first.features, quality)
