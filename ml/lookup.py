"""A table of names on disk: what a data set of any size says of its files, without holding it in memory."""

import sqlite3
from collections.abc import Iterable


class Lookup:
    """Text by text, like a dictionary; of a key that is given twice the last counts. The file vanishes by itself."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._table = sqlite3.connect("", check_same_thread=False)  # "": a private file, gone with the connection
        self._table.execute("CREATE TABLE pairs (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        self._table.executemany("INSERT OR REPLACE INTO pairs VALUES (?, ?)", pairs)

    def get(self, key: str) -> str | None:
        """The value of a key; None if it has none."""
        found = self._table.execute("SELECT value FROM pairs WHERE key = ?", (key,)).fetchone()
        return found and str(found[0])

    def __len__(self) -> int:
        return int(self._table.execute("SELECT COUNT(*) FROM pairs").fetchone()[0])

    def __del__(self) -> None:
        self._table.close()
