"""The data base's file is looked into beside a running SQLite, which must keep its locks."""

import sqlite3
import subprocess
import sys

import pytest

from privacy import compacting


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "db.sqlite3"
    held = sqlite3.connect(path, isolation_level=None)
    held.execute("PRAGMA journal_mode=WAL")
    held.execute("CREATE TABLE words (word)")
    held.execute("INSERT INTO words VALUES ('kestrel')")
    yield path, held
    held.close()


def elsewhere(path):
    """Another process uses the data base and closes it, as a worker does that is renewed."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM words').fetchall(); c.close()"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def test_the_log_stays_while_somebody_holds_the_data_base(base):
    path, held = base
    log = path.with_name("db.sqlite3-wal")
    with compacting.opened(path) as stream:
        assert stream.read(15) == b"SQLite format 3"
        stream.read()
    elsewhere(path)
    assert log.exists()
    assert held.execute("SELECT word FROM words").fetchall() == [("kestrel",)]


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(FileNotFoundError), compacting.opened(tmp_path / "none") as stream:
        stream.read()
