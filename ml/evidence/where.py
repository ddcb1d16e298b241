"""Where: the model's own map of what was altered, laid over the photograph.

The map comes from a branch of the network that learned from masks (see docs/decisions/0015); it is coarse, one value
for a cell of some pixels, and speaks only where the model calls the whole picture manipulated.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ml.evidence.drawing import Box, Canvas, Colour
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.sentences import Sentence, say, say_many

SIGNAL = "where"
_LONGEST_EDGE = 256  # pixels at which the enlarged map is cut into regions
_LEAST_SHARE = 0.001  # of the picture: smaller regions are specks of the enlargement
_MOST_BOXES = 10


class Marked(NamedTuple):
    """What lies at the threshold or above: its share of the picture, the boxes, largest first, and the mask.

    Boxes are (left, top, right, bottom) in pixels of the picture; the mask has any size and covers the whole of it.
    """

    share: float
    boxes: list[Box]
    mask: npt.NDArray[np.bool_]


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake where the verdict is manipulated and a place is marked, else silent.

    The map is drawn where it marks a place, whatever the verdict.
    """
    opinion = subject.opinion
    if opinion is None:
        raise NotApplicable(say("There is no model that could say where the picture was altered."))
    if opinion.altered is None:
        raise NotApplicable(say("This model did not learn where pictures were altered."))
    values = np.asarray(opinion.altered, np.float32)
    marked = regions(values, subject.image.size, opinion.altered_from)
    details = {
        "label": opinion.label, "threshold": opinion.altered_from, "highest": round(float(values.max()), 4),
        "share": round(marked.share, 4), "boxes": [list(box) for box in marked.boxes],
    }  # fmt: skip
    speaks = opinion.label == "manipulated" and bool(marked.boxes)
    picture = _draw(subject, values, marked) if marked.boxes else None
    return [Finding(SIGNAL, "supports_fake" if speaks else "silent", _summary(opinion.label, marked), details, picture)]


def regions(values: npt.NDArray[np.float32], size: tuple[int, int], threshold: float) -> Marked:
    """Cut a map of shape (rows, columns) that covers a picture of this size (width, height) at a threshold."""
    factor = _LONGEST_EDGE / max(size)
    small = tuple(max(1, round(edge * factor)) for edge in size)
    mask = cv2.resize(values, small, interpolation=cv2.INTER_LINEAR) >= threshold
    _, labels, found, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    least = _LEAST_SHARE * mask.size
    kept = [number for number in range(1, len(found)) if found[number, cv2.CC_STAT_AREA] >= least]
    kept.sort(key=lambda number: -int(found[number, cv2.CC_STAT_AREA]))
    mask = np.isin(labels, kept)
    return Marked(float(mask.mean()), [_box(found[number], mask.shape, size) for number in kept[:_MOST_BOXES]], mask)


def _box(row: npt.NDArray[np.int32], shape: tuple[int, ...], size: tuple[int, int]) -> Box:
    left, top, width, height = (int(value) for value in row[:4])
    across, down = size[0] / shape[1], size[1] / shape[0]
    return round(left * across), round(top * down), round((left + width) * across), round((top + height) * down)


def _draw(subject: Subject, values: npt.NDArray[np.float32], marked: Marked) -> bytes:
    canvas = Canvas(subject.grey)
    canvas.strengthen(values)
    canvas.outline(marked.mask, Colour.BLUE)
    return canvas.png()


def _summary(label: str, marked: Marked) -> Sentence:
    if not marked.boxes:
        return say("The model's map marks no place as altered.")
    share = marked.share if marked.share >= 0.01 else say("less than 1 %")
    if label == "manipulated":
        return say_many(
            "The model's map marks one place, {share:.0%} of the picture, as altered.",
            "The model's map marks {count} places, {share:.0%} of the picture, as altered.",
            len(marked.boxes), share=share,
        )  # fmt: skip
    return say_many(
        "The model's map marks one place, {share:.0%} of the picture, as altered, which counts for nothing without "
        "that verdict.",
        "The model's map marks {count} places, {share:.0%} of the picture, as altered, which counts for nothing "
        "without that verdict.",
        len(marked.boxes), share=share,
    )  # fmt: skip
