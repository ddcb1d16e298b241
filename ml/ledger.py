"""What was found out about each file, kept beside the manifest: a prepare that was stopped goes on where it was."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ml.data import Listed, Record, SourceRefused, Unreadable, examine

_VERSION = 1  # raise it when what is found out of a file changes
_CHUNK = 512
_FACTS = ("sha256", "phash", "width", "height", "bytes", "format", "jpeg_quality", "jpeg_table")
_TABLES = """
CREATE TABLE IF NOT EXISTS examined (path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, facts TEXT) WITHOUT ROWID;
DROP TABLE IF EXISTS listed;
CREATE TABLE listed (
    position INTEGER PRIMARY KEY, path TEXT, label TEXT, source TEXT, grouped TEXT, mask TEXT, licence TEXT,
    size INTEGER, mtime INTEGER
);
"""
_FORGET = "DELETE FROM examined WHERE facts LIKE '{\"unreadable\"%'"  # a file may be readable now without a change
_MISSING = """
SELECT position, listed.* FROM listed LEFT JOIN examined USING (path, size, mtime)
WHERE position > ? AND facts IS NULL ORDER BY position LIMIT ?
"""
_COUNT = "SELECT COUNT(*) FROM listed LEFT JOIN examined USING (path, size, mtime) WHERE facts IS NULL"
_FOUND = """
SELECT path, label, source, grouped, mask, licence, facts FROM listed JOIN examined USING (path, size, mtime)
ORDER BY position
"""


class Ledger:
    """The files of this run, and what is known of any that was ever examined, by path, size and time of change."""

    def __init__(self, path: Path) -> None:
        """Open or begin the ledger.

        Raises:
            SourceRefused: the file is no ledger, or another prepare is writing it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._table = sqlite3.connect(path, timeout=1)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._table.close()
            raise SourceRefused(
                f"{path} cannot be used ({error}): wait for the other prepare, or delete it."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()

    def enlist(self, files: Iterable[Listed]) -> int:
        """Take down the files of this run, in order; returns how many there are."""
        with self._table:
            self._table.executemany("INSERT INTO listed VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", map(_listed_row, files))
        return int(self._table.execute("SELECT COUNT(*) FROM listed").fetchone()[0])

    def missing(self) -> int:
        """How many files of this run were never examined as they are now."""
        return int(self._table.execute(_COUNT).fetchone()[0])

    def examine(self, workers: int) -> Iterator[int]:
        """Examine what is missing, keep what was found every few hundred files, and yield how many were done."""
        last = done = 0
        while rows := self._table.execute(_MISSING, (last, _CHUNK)).fetchall():
            self._keep(rows, workers)
            last, done = rows[-1][0], done + len(rows)
            yield done

    def found(self) -> Iterator[Record | Unreadable]:
        """What is known of the files of this run, in their order."""
        for path, label, source, group, mask, licence, facts in self._table.execute(_FOUND):
            known = json.loads(facts)
            if "unreadable" in known:
                yield Unreadable(path, known["unreadable"])
            else:
                said = {"path": path, "label": label, "source": source, "group": group}
                yield Record(**said, mask=mask, licence=licence, **known)

    def _open(self) -> None:
        self._table.execute("PRAGMA locking_mode = EXCLUSIVE")  # two runs would mix up each other's lists
        (version,) = self._table.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            self._table.execute("DROP TABLE IF EXISTS examined")
        self._table.executescript(_TABLES)
        with self._table:
            self._table.execute(_FORGET)
        self._table.execute(f"PRAGMA user_version = {_VERSION}")

    def _keep(self, rows: list[tuple[Any, ...]], workers: int) -> None:
        listed = (Listed(Path(path), label, source, group) for _, _, path, label, source, group, *_ in rows)
        kept = [
            (path, size, mtime, json.dumps(_facts(found)))
            for (_, _, path, *_, size, mtime), found in zip(rows, examine(listed, workers), strict=True)
        ]
        with self._table:
            self._table.executemany("INSERT OR REPLACE INTO examined VALUES (?, ?, ?, ?)", kept)


def _listed_row(listed: Listed) -> tuple[str, str, str, str, str, str, int, int]:
    path = str(listed.path)
    try:
        status = listed.path.stat()
    except OSError:  # it will be found unreadable
        return path, listed.label, listed.source, listed.group, listed.mask, listed.licence, -1, -1
    return (
        *(path, listed.label, listed.source, listed.group, listed.mask, listed.licence),
        *(status.st_size, status.st_mtime_ns),
    )


def _facts(found: Record | Unreadable) -> dict[str, Any]:
    if isinstance(found, Unreadable):
        return {"unreadable": found.reason}
    return {name: getattr(found, name) for name in _FACTS}
