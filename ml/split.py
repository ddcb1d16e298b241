"""Who is trained on and who is tested on: by group, by hash, and with duplicates on one side."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ml.data import Record

# The origin's proportions: 100 parts of training, 20 of validation, 20 of test.
_PARTS = (("train", 100), ("validation", 20), ("test", 20))
SPLITS = tuple(name for name, _ in _PARTS)
ASIDE = "aside"
_NEAR = 3  # bits; four bands of 16 bits then share one band whole, so that near ones are found by lookup
_BANDS = 4


def split_of(source: str, group: str) -> str:
    """The side of a group: a function of its name alone, so that adding images never moves old ones."""
    digest = hashlib.sha256(f"{source}/{group}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") % sum(parts for _, parts in _PARTS)
    for name, parts in _PARTS:
        if place < parts:
            return name
        place -= parts
    raise AssertionError("the proportions cover every remainder")


def assign(records: Iterable[Record]) -> Iterator[Record]:
    """Give each record its side; what has a twin on a later side (train < validation < test) is set aside.

    Nothing ever moves from one side to another: of two copies of one picture in groups that fall on different sides,
    the one nearer to training leaves. Exact copies within a side leave but the first.
    """
    placed = [replace(record, split=split_of(record.source, record.group)) for record in records]
    by_band = _by_band(placed)
    seen: set[str] = set()
    for record in placed:
        leaves = record.sha256 in seen or _twin_on_later_side(record, by_band)
        seen.add(record.sha256)
        yield replace(record, split=ASIDE) if leaves else record


def _by_band(records: list[Record]) -> dict[tuple[int, str], set[tuple[int, str]]]:
    """(band, its four digits) → the (perceptual hash, split) pairs that share it."""
    table: dict[tuple[int, str], set[tuple[int, str]]] = defaultdict(set)
    for record in records:
        for band in _bands(record.phash):
            table[band].add((int(record.phash, 16), record.split))
    return table


def _bands(phash: str) -> list[tuple[int, str]]:
    return [(index, phash[4 * index : 4 * index + 4]) for index in range(_BANDS)]


def _twin_on_later_side(record: Record, by_band: dict[tuple[int, str], set[tuple[int, str]]]) -> bool:
    own, side = int(record.phash, 16), SPLITS.index(record.split)
    candidates = {pair for band in _bands(record.phash) for pair in by_band[band]}
    return any(SPLITS.index(split) > side and (own ^ other).bit_count() <= _NEAR for other, split in candidates)
