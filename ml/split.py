"""Who is trained on and who is tested on: by group, by hash, and with duplicates on one side."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np

from ml.data import Record, from_line, to_line
from ml.near import has_later_twin

# The origin's proportions: 100 parts of training, 20 of validation, 20 of test.
_PARTS = (("train", 100), ("validation", 20), ("test", 20))
SPLITS = tuple(name for name, _ in _PARTS)
ASIDE = "aside"
_SHELF = """
CREATE TABLE shelf (position INTEGER PRIMARY KEY, sha256 TEXT, phash INTEGER, side INTEGER, aside INTEGER, line TEXT)
"""
_COPIES = """
UPDATE shelf SET aside = 1 WHERE EXISTS (
    SELECT 1 FROM shelf AS first
    WHERE first.sha256 = shelf.sha256 AND first.side = shelf.side AND first.position < shelf.position
)
"""


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
    the one nearer to training leaves. Exact copies within a side leave but the first. The records wait in a private
    file on disk; memory holds 9 bytes for each different perceptual hash.
    """
    with closing(sqlite3.connect("")) as shelf:
        shelf.execute(_SHELF)
        shelf.executemany("INSERT INTO shelf VALUES (NULL, ?, ?, ?, 0, ?)", map(_row, records))
        _set_copies_aside(shelf)
        _set_twins_aside(shelf)
        for line, side, aside in shelf.execute("SELECT line, side, aside FROM shelf ORDER BY position"):
            yield replace(from_line(line), split=ASIDE if aside else SPLITS[side])


def _row(record: Record) -> tuple[str, int, int, str]:
    side = SPLITS.index(split_of(record.source, record.group))
    return record.sha256, int.from_bytes(bytes.fromhex(record.phash), "big", signed=True), side, to_line(record)


def _set_copies_aside(shelf: sqlite3.Connection) -> None:
    shelf.execute("CREATE INDEX by_content ON shelf (sha256, side)")
    shelf.execute(_COPIES)


def _set_twins_aside(shelf: sqlite3.Connection) -> None:
    shelf.execute("CREATE INDEX by_look ON shelf (phash, side)")
    looks = shelf.execute("SELECT DISTINCT phash, side FROM shelf")
    table = np.fromiter(looks, dtype=[("phash", np.int64), ("side", np.uint8)])
    twins = table[has_later_twin(table["phash"].view(np.uint64), table["side"])]
    shelf.executemany("UPDATE shelf SET aside = 1 WHERE phash = ? AND side = ?", map(np.void.item, twins))
