"""The manifest: one JSON line for each image file, streamed, so that memory does not grow with the data set."""

import csv
import dataclasses
import hashlib
import io
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from ml.config import Experiment
from ml.fingerprint import perceptual_hash
from ml.images import InvalidImage, Limits, decode, inspect
from ml.jpeg import jpeg_quality, jpeg_table
from ml.lookup import Lookup

LABELS = ("authentic", "ai_generated", "manipulated")
_CHUNK = 256
# Training material is chosen by its owner: only a bomb is refused, not a polyglot-sized or large photograph.
_LIMITS = Limits(bytes=100_000_000, pixels=100_000_000)


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled image. `group` is what must never be divided: the source photograph, video or person."""

    path: str
    label: str
    source: str
    group: str
    sha256: str
    phash: str  # 16 hexadecimal digits
    width: int
    height: int
    bytes: int
    format: str
    jpeg_quality: int | None
    split: str = ""
    mask: str = ""  # path of a picture, white where the image was altered
    licence: str = ""
    edit: str = ""  # a synthetic edit that is made when the pixels are read, with `seed` and the path of a `donor`
    seed: int = 0
    donor: str = ""
    normalise: bool = False  # its source gives the class away by the file: re-encode before anything looks at it
    jpeg_table: str = ""  # 8 hexadecimal digits of the quantisation tables; "" if not JPEG


_FIELDS = tuple(field.name for field in dataclasses.fields(Record))


class Listed(NamedTuple):
    """A file that a source names, before it was opened."""

    path: Path
    label: str
    source: str
    group: str
    mask: str = ""
    licence: str = ""


class SourceRefused(ValueError):
    """What lies on disk is not what a source should be: one sentence that says what to do."""


class Unreadable(NamedTuple):
    """A file that is reported and left out."""

    path: str
    reason: str


def list_source(source: str, folder: Path) -> Iterator[Listed]:
    """Walk `folder/LABEL/**`; groups come from `folder/groups.csv` (path, group) or else are the file's stem."""
    groups = groups_of(folder)
    for label in LABELS:
        for path in walk(folder / label):
            relative = path.relative_to(folder).as_posix()
            yield Listed(path, label, source, groups.get(relative) or path.stem)


def walk(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Every file below a folder, in order; nothing if there is none. Names that begin with a dot are passed over.

    Linked folders are entered, but never one that lies above itself. Only the names of one folder are held at once.
    """
    if not folder.is_dir() or (own := os.path.realpath(folder)) in above:
        return
    folders = []
    for name in sorted(name for name in os.listdir(folder) if not name.startswith(".")):
        path = folder / name
        if path.is_dir():
            folders.append(path)
        else:
            yield path
    for path in folders:
        yield from walk(path, above | {own})


def groups_of(folder: Path) -> Lookup:
    """The groups that `groups.csv` names, by path; empty without that file."""
    path = folder / "groups.csv"
    return Lookup((row["path"], row["group"]) for row in rows(path, "path", "group")) if path.is_file() else Lookup()


def rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    """Stream the rows of a CSV file that must have these columns.

    Raises:
        SourceRefused: a column is missing, or it is no such file.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                named = " or ".join(missing)
                raise SourceRefused(f"{path} has no column {named}: its first line must name the columns.")
            yield from reader
        except (UnicodeDecodeError, csv.Error) as error:
            raise SourceRefused(f"{path} is no CSV in UTF-8: {error}.") from error


def examine(listed: Iterable[Listed], workers: int = 2) -> Iterator[Record | Unreadable]:
    """Open, hash and describe each file, in order; a file that cannot be read becomes an `Unreadable`."""
    remaining = iter(listed)
    with ThreadPoolExecutor(workers) as pool:
        while chunk := list(islice(remaining, _CHUNK)):  # a pool fed at once would hold the whole list
            yield from pool.map(_examine, chunk)


def write(path: Path, records: Iterable[Record]) -> int:
    """Write a manifest beside and rename it; returns the number of records."""
    count = 0
    beside = path.with_suffix(".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside.open("w", encoding="utf-8") as stream:
        for count, record in enumerate(records, start=1):  # noqa: B007
            stream.write(to_line(record) + "\n")
    beside.replace(path)
    return count


def read(path: Path) -> Iterator[Record]:
    """Stream a manifest's records."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield from_line(line)


def to_line(record: Record) -> str:
    """A record as one line of JSON, without the line's end."""
    return json.dumps({name: getattr(record, name) for name in _FIELDS}, ensure_ascii=False)


def from_line(line: str) -> Record:
    """The record of a line; what an older manifest does not say has its default."""
    return Record(**json.loads(line))


def select(manifest: Path, experiment: Experiment, split: str) -> list[Record]:
    """The records of one side that belong to the experiment's sources and classes."""
    sources = experiment.training.sources
    return [
        record
        for record in read(manifest)
        if record.split == split
        and record.label in experiment.network.classes
        and (not sources or record.source in sources)
    ]


def thinned(records: Iterable[Record], at_most: int) -> list[Record]:
    """At most so many of each class of each source, chosen by their hash: a large source must not cost the most."""
    members: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        members[record.source, record.label].append(record)
    return [record for rows in members.values() for record in sorted(rows, key=lambda row: row.sha256)[:at_most]]


def digest(records: Iterable[Record]) -> str:
    """SHA-256 over what decides a training run, in order: content, label, source, group, split, edit, normalisation."""
    total = hashlib.sha256()
    for record in records:
        total.update(digest_line(record))
    return total.hexdigest()


def digest_line(record: Record) -> bytes:
    """What `digest` takes of one record; a record without edit and normalisation reads as it always did."""
    edit = f" {record.edit} {record.seed} {record.donor}" if record.edit else ""
    made = edit + " normalised" * record.normalise
    return f"{record.sha256} {record.label} {record.source} {record.group} {record.split}{made}\n".encode()


def _examine(listed: Listed) -> Record | Unreadable:
    try:
        data = listed.path.read_bytes()
        facts = inspect(data, _LIMITS)
        image = decode(data, _LIMITS, at_least=64)
        with Image.open(io.BytesIO(data)) as header:
            quality, table = jpeg_quality(header), jpeg_table(header)
    except (InvalidImage, OSError, ValueError) as error:  # the last: a path that no file can have
        return Unreadable(str(listed.path), str(error))
    return Record(
        path=str(listed.path),
        label=listed.label,
        source=listed.source,
        group=listed.group,
        sha256=hashlib.sha256(data).hexdigest(),
        phash=perceptual_hash(image),
        width=facts.width,
        height=facts.height,
        bytes=facts.bytes,
        format=facts.format,
        jpeg_quality=quality,
        mask=listed.mask,
        licence=listed.licence,
        jpeg_table=table,
    )
