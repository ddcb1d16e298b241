"""Deleted rows out of the data base's files.

SQLite overwrites what is deleted (`secure_delete`), but its write-ahead log keeps earlier pages until it is emptied,
and a file that is older than the setting may hold more in free pages: then the whole file is written anew. PostgreSQL
keeps dead rows until VACUUM and its own log until it is recycled; docs/operate.md says what to do.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from django.db import connection
from django.utils.translation import gettext_noop

from privacy.needles import Searcher

_TRIES, _PAUSE = 50, 0.1
_COPY = "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer)"


class Busy(Exception):
    """Somebody reads or writes without a pause; the next round tries again."""


def compact(searcher: Searcher) -> None:
    """Empty the log; where a piece is still in a file, write the data base anew.

    Raises:
        Busy: not now.
    """
    if connection.vendor != "sqlite":
        return
    _checkpoint()
    if any(True for path in files() for _ in _found(path, searcher)):
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
        _checkpoint()


def tidy() -> None:
    """Empty the log once more where that can be had at once."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        _emptied()


def files() -> list[Path]:
    """The files that the data base is made of, where they are files of this machine."""
    if connection.vendor != "sqlite":
        return []
    main = str(connection.settings_dict["NAME"])
    return [path for ending in ("", "-wal", "-journal") if (path := Path(main + ending)).is_file()]


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of one of these files, read by another process.

    Whoever closes a file gives up all locks that its process has on it (POSIX): SQLite's too, and the next process that
    closes the data base would take the write-ahead log away under this one (sqlite.org/howtocorrupt.html, 2.2).

    Raises:
        OSError: it could not be read to its end.
    """
    command = [sys.executable, "-I", "-c", _COPY, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603
        yield cast(BinaryIO, child.stdout)
    if child.returncode:
        raise FileNotFoundError(path) if not path.exists() else OSError(f"{path.name} could not be read.")


def _found(path: Path, searcher: Searcher) -> Iterator[object]:
    with opened(path) as stream:
        yield from searcher.found_in(stream)


def _checkpoint() -> None:
    """Every page into the data base, and the log cut to nothing; waits for those who read an earlier state."""
    for _ in range(_TRIES):
        if _emptied():
            return
        time.sleep(_PAUSE)
    raise Busy(gettext_noop("The data base is in use without a pause."))


def _emptied() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not cursor.fetchone()[0]
