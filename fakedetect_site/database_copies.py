"""The data base as one file and back: SQLite by its own online copy, PostgreSQL by its own programs."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any


class CopyFailed(Exception):
    """What the data base or its program said."""


def dump(connection: Any, folder: Path) -> str:
    """Copy what was committed at one moment, while others go on writing; the name of the file."""
    if connection.vendor == "sqlite":
        return _dump_sqlite(connection, folder / "database.sqlite3")
    arguments, environment = _asked(connection)
    target = folder / "database.dump"
    _run(["pg_dump", "--format=custom", "--no-owner", "--file", str(target), *arguments], environment)
    return target.name


def load(connection: Any, folder: Path) -> str:
    """Fill an empty data base from the copy."""
    if connection.vendor == "sqlite":
        return _load_sqlite(connection, folder / "database.sqlite3")
    (*where, name), environment = _asked(connection)
    source = folder / "database.dump"
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname", name]
    _run(["pg_restore", *options, *where, str(source)], environment)
    return source.name


def _dump_sqlite(connection: Any, target: Path) -> str:
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    return target.name


def _load_sqlite(connection: Any, source: Path) -> str:
    if not source.exists():
        raise CopyFailed(f"{source.name} is missing: is this a back-up of PostgreSQL?")
    connection.ensure_connection()
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
        copy.backup(connection.connection)
    return source.name


def _asked(connection: Any) -> tuple[list[str], dict[str, str]]:
    """Where it is, as Django tells it to psql: the password in the environment, where no list of processes shows it."""
    (_, *arguments), extra = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return arguments, os.environ | (extra or {})


def _run(command: list[str], environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise CopyFailed(f"{command[0]} is not installed; on Debian: apt install postgresql-client.") from None
    if done.returncode:
        raise CopyFailed(done.stderr.strip() or f"{command[0]} ended with {done.returncode}.")
