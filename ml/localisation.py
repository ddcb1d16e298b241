"""How well the map of what was altered agrees with the masks, where they are known."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml import bootstrap, robustness
from ml.data import Record
from ml.decide import AUTHENTIC
from ml.passes import Scorer
from ml.pixels import mask_known, pixels_of

THRESHOLD = 0.5
_EDGE = 256  # pixels of the longer edge at which map and mask are compared
_LEVELS = 256
_AT_MOST = 500  # images of a source


@dataclass(frozen=True, slots=True)
class Overlap:
    """Counts of one picture: pixels altered and marked, marked alone, altered alone, and the map's histograms.

    `altered` and `untouched` count the map's levels, shape (256,), within the mask and outside it.
    """

    both: int
    marked_only: int
    altered_only: int
    altered: npt.NDArray[np.int64]
    untouched: npt.NDArray[np.int64]

    @property
    def f1(self) -> float:
        """Of the marked and the altered pixels."""
        return 2 * self.both / max(1, 2 * self.both + self.marked_only + self.altered_only)

    @property
    def iou(self) -> float:
        """Intersection over union."""
        return self.both / max(1, self.both + self.marked_only + self.altered_only)

    @property
    def marked(self) -> float:
        """Share of the picture that is marked."""
        return (self.both + self.marked_only) / max(1, int(self.altered.sum() + self.untouched.sum()))


def overlap(probability: npt.NDArray[np.floating], mask: Image.Image | None) -> Overlap:
    """Compare a map of 0 to 1, shape (rows, columns) over the whole picture, with a mask, white where altered.

    Both are brought to at most 256 pixels an edge; without a mask nothing was altered.
    """
    rows, columns = _shape(mask.size if mask else probability.shape[::-1])
    smooth = Image.fromarray(probability.astype(np.float32), "F").resize((columns, rows), Image.Resampling.BILINEAR)
    level = np.clip(np.asarray(smooth) * _LEVELS, 0, _LEVELS - 1).astype(int)
    small = mask.convert("L").resize((columns, rows), Image.Resampling.BOX) if mask else None
    altered = np.asarray(small) >= 128 if small else np.zeros(level.shape, dtype=bool)
    marked = level >= round(THRESHOLD * _LEVELS)
    return Overlap(
        int((marked & altered).sum()),
        int((marked & ~altered).sum()),
        int((~marked & altered).sum()),
        np.bincount(level[altered], minlength=_LEVELS),
        np.bincount(level[~altered], minlength=_LEVELS),
    )


def pixel_auc(overlaps: Sequence[Overlap]) -> float | None:
    """AUC over all pixels of all pictures; None where nothing, or all, was altered."""
    altered = np.sum([one.altered for one in overlaps], axis=0)
    untouched = np.sum([one.untouched for one in overlaps], axis=0)
    if not altered.sum() or not untouched.sum():
        return None
    below = np.cumsum(untouched) - untouched / 2
    return float((altered * below).sum() / (float(altered.sum()) * float(untouched.sum())))


def figures(overlaps: Sequence[Overlap], groups: npt.NDArray[np.str_]) -> dict[str, Any]:
    """Mean F1 and IoU of altered pictures with intervals, and the AUC over their pixels."""
    weights = bootstrap.draws(groups)
    total = weights.sum(axis=1)
    rows = {name: weights @ np.array([getattr(one, name) for one in overlaps]) / total for name in ("f1", "iou")}
    auc = pixel_auc(overlaps)
    return {"images": len(overlaps), **bootstrap.stated(rows), **({} if auc is None else {"pixel_auc": auc})}


def measure(scorer: Scorer, parts: Mapping[str, Sequence[Record]]) -> dict[str, Any]:
    """Part → source → figures, for altered pictures with a known mask; {} for a model that marks nothing.

    `marked_on_photographs` is the mean share that is marked of authentic pictures, which should be nothing.
    """
    result = {}
    for part, records in parts.items():
        maps = scorer(records, f"{part.replace('_', ' ')}, as it is").maps
        if maps is not None:
            result[part] = _by_source(records, maps, scorer.size)
    return {part: sources for part, sources in result.items() if sources}


def _by_source(records: Sequence[Record], maps: npt.NDArray[np.float32], size: int) -> dict[str, Any]:
    known = [row for row, record in enumerate(records) if mask_known(record)]
    chosen = [
        row
        for row, keep in zip(known, robustness.sample([records[row] for row in known], _AT_MOST), strict=True)
        if keep
    ]
    with ThreadPoolExecutor(2) as pool:
        overlaps = list(pool.map(lambda row: _overlap(records[row], maps[row], size), chosen))
    compared = list(zip((records[row] for row in chosen), overlaps, strict=True))
    names = dict.fromkeys(record.source for record, _ in compared)
    result = {name: _of_source([pair for pair in compared if pair[0].source == name]) for name in names}
    return result if any("f1" in row for row in result.values()) else {}


def _of_source(compared: Sequence[tuple[Record, Overlap]]) -> dict[str, Any]:
    altered = [(record, found) for record, found in compared if record.label != AUTHENTIC]
    untouched = [found.marked for record, found in compared if record.label == AUTHENTIC]
    groups = np.array([record.group for record, _ in altered], dtype=np.str_)
    return {
        **(figures([found for _, found in altered], groups) if altered else {}),
        **({"marked_on_photographs": float(np.mean(untouched))} if untouched else {}),
    }


def _overlap(record: Record, probability: npt.NDArray[np.float32], size: int) -> Overlap:
    return overlap(probability, pixels_of(record, size)[1] if record.label != AUTHENTIC else None)


def _shape(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of a picture of this width and height, made smaller to `_EDGE`."""
    factor = min(1.0, _EDGE / max(size))
    return max(1, round(size[1] * factor)), max(1, round(size[0] * factor))
