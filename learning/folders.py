"""Exported pictures: a folder with a manifest, the bytes beside it, and a page that says what may be done with them.

An export into the folder of an earlier one takes its place: what is no longer exported is removed there. Everything is
readable by its owner alone.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector import originals
from detector.models import Original
from learning.errors import LearningRefused

IMAGES, README = "images", "README.txt"
_README = """Images that were uploaded to this installation of FakeDetect and decided on by its reviewers.

Their owners agreed to the training of this site's detector, and to nothing else: do not pass them on, and remove this
folder when it has served. An owner may withdraw at any time; the next export into this folder removes what is gone.

The files are exactly as they were uploaded, since a detector learns from the traces that any change would destroy.
They may therefore hold what cameras and programs write into files: the place (GPS), times, names, serial numbers.
The list names no person and no file name; `group` and `key` are numbers without a meaning outside.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One picture and what its line of the manifest says beside the path."""

    original: Original
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What lies in the folder now; `missing` are digests whose bytes are gone from the storage."""

    manifest: Path
    rows: Sequence[Row]
    missing: Sequence[str]
    sha256: str  # of the manifest


def write(out: Path, name: str, rows: Iterable[Row], seal: Callable[[Written], None]) -> Written:
    """Write bytes and manifest; `seal` is called once all bytes lie there and before the manifest does.

    Raises:
        LearningRefused: the folder holds something else.
        OSError: it cannot be written.
    """
    _claim(out, name)
    found = [(row, _keep(out, row.original)) for row in rows]
    kept, missing = [row for row, there in found if there], [row for row, there in found if not there]
    _remove_others(out, {_path(row.original) for row in kept})
    text = "".join(f"{line}\n" for line in _lines(kept))
    digest = hashlib.sha256(text.encode()).hexdigest()
    written = Written(out / name, kept, [row.original.sha256 for row in missing], digest)
    _write(out / README, _README.encode())
    seal(written)
    _write(out / name, text.encode())
    return written


def _claim(out: Path, name: str) -> None:
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / name).is_file())):
        raise LearningRefused(f"{out} holds something else: choose a new folder, or that of an earlier export.")
    (out / IMAGES).mkdir(parents=True, exist_ok=True, mode=0o700)
    out.chmod(0o700)


def _path(original: Original) -> str:
    return f"{IMAGES}/{original.sha256[:2]}/{original.sha256}.{original.extension}"


def _keep(out: Path, original: Original) -> bool:
    """Whether the bytes lie there: written now, or whole since an earlier export."""
    path = out / _path(original)
    if path.is_file() and path.stat().st_size == original.bytes:
        return True
    try:
        data = originals.read(original)
    except FileNotFoundError:
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, data)
    return True


def _write(path: Path, data: bytes) -> None:
    """Beside and renamed, for the owner's eyes only."""
    beside = path.with_name(f".{path.name}.partial")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(data)
    beside.replace(path)


def _remove_others(out: Path, wanted: set[str]) -> None:
    for path in (out / IMAGES).rglob("*"):
        if path.is_file() and path.relative_to(out).as_posix() not in wanted:
            path.unlink()


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({"path": _path(row.original), "sha256": row.original.sha256, **row.told}, ensure_ascii=False)
