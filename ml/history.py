"""The curve of a run, one line an epoch: written whole and renamed, so that a kill leaves no epoch twice or by half."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


def read(path: Path) -> list[dict[str, str]]:
    """The lines so far; none if there is no file."""
    if not path.is_file():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def add(path: Path, row: Row) -> None:
    """Write the line of an epoch in the place of any that an interrupted run wrote for it or for later ones.

    A curve that an earlier version began gets the columns that it lacks, left empty in the older lines.
    """
    rows: list[Row] = [earlier for earlier in read(path) if int(earlier["epoch"]) < row["epoch"]]
    rows.append(row)
    beside = path.with_suffix(".partial")
    with beside.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(name for one in rows for name in one)))
        writer.writeheader()
        writer.writerows(rows)
    beside.replace(path)
