"""Copied regions for a person and for a machine: the drawing, the mask and the numbers."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ml.evidence.drawing import Box, Canvas, Colour, Flags, Grey, Point

_LONGEST_MASK = 200_000  # characters of base64: what a row of details may hold


@dataclass(frozen=True, slots=True)
class Pair:
    """One copied region: the transform in picture coordinates, from the likely original to the copy.

    `pixels` counts one of the two regions at the analysed scale; boxes are (left, top, right, bottom) in the picture.
    """

    displacement: tuple[float, float]
    rotation: float
    scale: float
    pixels: int
    strength: float
    boxes: tuple[Box, Box]
    copy_known: bool


def as_json(pairs: Sequence[Pair]) -> list[dict[str, object]]:
    """For each pair its move and both boxes, the likely original first."""
    return [
        {
            "displacement": list(pair.displacement), "rotation": pair.rotation, "scale": pair.scale,
            "boxes": [list(box) for box in pair.boxes], "copy_known": pair.copy_known,
        }
        for pair in pairs
    ]  # fmt: skip


def packed(mask: Flags, size: tuple[int, int]) -> dict[str, object]:
    """The mask as a PNG of one bit a pixel, in base64 with its size: as large as the picture, or smaller if too long.

    `mask` may be smaller than the picture of this size (width, height); it covers all of it.
    """
    width, height = size
    while True:
        text = base64.b64encode(_png(mask, (width, height))).decode("ascii")
        if len(text) <= _LONGEST_MASK:
            return {"png": text, "width": width, "height": height}
        width, height = max(1, width // 2), max(1, height // 2)


def unpacked(packed_mask: dict[str, object]) -> Flags:
    """The mask of `packed`, of shape (height, width)."""
    with Image.open(io.BytesIO(base64.b64decode(str(packed_mask["png"])))) as image:
        return np.asarray(image.convert("1"), bool)


def draw(grey: Grey, mask: Flags, pairs: Sequence[Pair]) -> bytes:
    """A PNG of the photograph in grey: regions outlined, those of a pair numbered alike and linked.

    An arrow leads from the original to the copy, a plain line says that it could not be told which is which.
    """
    canvas = Canvas(grey)
    canvas.outline(mask, Colour.ORANGE)
    for number, pair in enumerate(pairs, 1):
        canvas.link(_middle(pair.boxes[0]), _middle(pair.boxes[1]), arrow=pair.copy_known)
        for box in pair.boxes:
            canvas.label(box[:2], str(number))
    return canvas.png()


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _png(mask: Flags, size: tuple[int, int]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(mask).resize(size, Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()
