"""Whose quantisation tables a JPEG has: the standard's scaled by quality, mozjpeg's, or none that is known.

Tables of cameras and of Photoshop are their makers' own; only families whose every table can be computed are named.
"""

import io
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.evidence.segments import Segment, jpeg_header

Table = tuple[int, ...]  # 64 steps in zigzag order

DQT = 0xDB
# mozjpeg's default for luma and chroma alike (N. Robidoux); rows of the DCT block.
_ROBIDOUX = (
    16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75, 16, 20, 24, 31, 43, 62, 91, 135,
    18, 27, 31, 40, 53, 74, 106, 156, 25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238,
    56, 53, 91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418,
)  # fmt: skip


class Family(NamedTuple):
    """A family of tables, and the quality from 1 to 100 that gives these."""

    name: str
    quality: int


def tables(segments: Iterable[Segment]) -> dict[int, Table]:
    """The tables of a JPEG by their number, 8 or 16 bits a step; what is cut off is left out."""
    found = {}
    for segment in segments:
        rest = segment.data if segment.marker == DQT else b""
        while rest:
            wide, number = rest[0] >> 4, rest[0] & 15
            steps = rest[1 : 65 + 64 * bool(wide)]
            if len(steps) in (64, 128):
                found[number] = tuple(steps) if not wide else tuple(a * 256 + b for a, b in _pairs(steps))
            rest = rest[1 + len(steps) :]
    return found


def family(found: dict[int, Table]) -> Family | None:
    """The family that all of a file's tables belong to at one quality, None where there is none."""
    return _known().get(tuple(dict.fromkeys(found.values())))


def by_rows(table: Table) -> npt.NDArray[np.int64]:
    """The steps of shape (8, 8): rows of the block."""
    block = np.empty(64, np.int64)
    block[list(_zigzag())] = table
    return block.reshape(8, 8)


def _pairs(steps: bytes) -> Iterable[tuple[int, int]]:
    return zip(steps[::2], steps[1::2], strict=True)


@cache
def _known() -> dict[tuple[Table, ...], Family]:
    """Every pair of tables, and every table of luma alone, of the families named; libjpeg's wins where both agree."""
    known: dict[tuple[Table, ...], Family] = {}
    for quality in range(1, 101):
        known[(_scaled(quality),)] = Family("mozjpeg", quality)
    for quality in range(1, 101):
        pair = _of_libjpeg(quality)
        for of_file in (tuple(dict.fromkeys(pair)), pair[:1]):
            known[of_file] = Family("standard", quality)
    return known


def _of_libjpeg(quality: int) -> tuple[Table, ...]:
    """Read from Pillow itself, which writes with libjpeg."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG", quality=quality)
    return tuple(tables(jpeg_header(stream.getvalue())).values())


def _scaled(quality: int) -> Table:
    """mozjpeg's table by the rule of the Independent JPEG Group (libjpeg, jcparam.c)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((_ROBIDOUX[place] * scale + 50) // 100, 1), 255) for place in _zigzag())


@cache
def _zigzag() -> tuple[int, ...]:
    """Places in the block in the order of ITU-T T.81: along diagonals, each in the other direction than the last."""
    cells = [(row, column) for row in range(8) for column in range(8)]
    cells.sort(key=lambda cell: (sum(cell), cell[0] if sum(cell) % 2 else cell[1]))
    return tuple(row * 8 + column for row, column in cells)
