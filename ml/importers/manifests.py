"""Lists of files that a person keeps: CSV or JSON lines with a path and a label, and whatever else is known."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ml.data import LABELS, Listed, SourceRefused, rows
from ml.importers.source import Layout, Source

_FACES_COLUMNS = ("id", "label_str", "path")
_FACES_LABELS = {"real": LABELS[0], "fake": LABELS[1]}


def is_list(path: Path) -> bool:
    """Whether this is a file of rows by its ending."""
    return path.is_file() and path.suffix.lower() in (".csv", ".jsonl")


def files(source: Source) -> Iterator[Listed]:
    """The rows of a list: path and label, and optionally group, source, mask and licence.

    A relative path starts from the folder of the list.

    Raises:
        SourceRefused: a row without path, or with a label that is none, or a line that is no JSON object.
    """
    for number, row in enumerate(table(source.path), start=1):
        path, label = str(row.get("path") or ""), str(row.get("label") or "")
        if not path or label not in LABELS:
            raise SourceRefused(
                f"Row {number} of {source.path} needs a path and a label out of {', '.join(LABELS)}; "
                f"it has {path or 'no path'} and {label or 'no label'}."
            )
        yield _listed(source, row, path, label)


def is_faces_csv(path: Path) -> bool:
    """Whether this is train.csv, valid.csv or test.csv of 140k Real and Fake Faces, by its first line."""
    if path.suffix.lower() != ".csv":
        return False
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        return set(_FACES_COLUMNS) <= set(stream.readline().strip().split(","))


def faces_csv(source: Source) -> Iterator[Listed]:
    """The rows of such a file; its paths start beside it or in real_vs_fake/real-vs-fake.

    Raises:
        SourceRefused: a label that is neither real nor fake, or no path.
    """
    inner = source.path.parent / "real_vs_fake" / "real-vs-fake"
    root = inner if inner.is_dir() else source.path.parent
    for row in rows(source.path, *_FACES_COLUMNS):
        if row["label_str"] not in _FACES_LABELS:
            raise SourceRefused(f"{source.path} has the label {row['label_str']}; it must be real or fake.")
        if not row["path"]:
            raise SourceRefused(f"{source.path} has a row without a path.")
        label = _FACES_LABELS[row["label_str"]]
        yield Listed(root / row["path"], label, source.title, Path(row["path"]).stem, licence=source.licence)


def _listed(source: Source, row: Mapping[str, Any], path: str, label: str) -> Listed:
    folder = source.path.parent
    return Listed(
        path=folder / path,
        label=label,
        source=str(row.get("source") or source.title),
        group=str(row.get("group") or Path(path).stem),
        mask=str(folder / str(row["mask"])) if row.get("mask") else "",
        licence=str(row.get("licence") or source.licence),
    )


def table(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a list with everything that stands in them.

    Raises:
        SourceRefused: a .csv without path and label, or a line that is no JSON object.
    """
    if path.suffix.lower() == ".csv":
        yield from rows(path, "path", "label")
        return
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield _object(path, number, line)


def _object(path: Path, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # no UTF-8, no JSON, or a number or a depth that is none
        found = None
    if not isinstance(found, dict):
        raise SourceRefused(f"Line {number} of {path} is no JSON object with a path and a label.")
    return found


MANIFEST = Layout("a .csv or .jsonl file with path and label, if need be group, source, mask, licence", is_list, files)
