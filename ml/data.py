"""The manifest: one JSON line for each image file, streamed, so that memory does not grow with the data set."""

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ml.config import Experiment
from ml.images import InvalidImage, Limits, decode, inspect

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


class Listed(NamedTuple):
    """A file found in a folder of classes, before it was opened."""

    path: Path
    label: str
    source: str
    group: str


class Unreadable(NamedTuple):
    """A file that is reported and left out."""

    path: str
    reason: str


def list_source(source: str, folder: Path) -> Iterator[Listed]:
    """Walk `folder/LABEL/**`; groups come from `folder/groups.csv` (path, group) or else are the file's stem."""
    groups = _groups(folder / "groups.csv")
    for label in LABELS:
        for path in sorted((folder / label).rglob("*")):
            if path.is_file():
                relative = path.relative_to(folder).as_posix()
                yield Listed(path, label, source, groups.get(relative, path.stem))


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
            stream.write(json.dumps(dataclasses.asdict(record), ensure_ascii=False) + "\n")
    beside.replace(path)
    return count


def read(path: Path) -> Iterator[Record]:
    """Stream a manifest's records."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield Record(**json.loads(line))


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


def digest(records: Iterable[Record]) -> str:
    """SHA-256 over what decides a training run: content, label, source, group and split, in order."""
    total = hashlib.sha256()
    for record in records:
        total.update(f"{record.sha256} {record.label} {record.source} {record.group} {record.split}\n".encode())
    return total.hexdigest()


def perceptual_hash(image: Image.Image) -> str:
    """64 bits of the low frequencies: the signs of an 8x8 block of a 32x32 cosine transform against their median.

    Two copies of one picture, resized or compressed again, differ in a few bits (Zauner, 2010).
    """
    grey = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BILINEAR), dtype=np.float64)
    low = (_COSINES @ grey @ _COSINES.T).ravel()
    bits = low > np.median(low)
    return np.packbits(bits).tobytes().hex()


def jpeg_quality(image: Image.Image) -> int | None:
    """Quality from 1 to 100 whose standard luminance table is nearest in sum to this file's; None if not JPEG."""
    table = getattr(image, "quantization", {}).get(0)
    return min(_TABLE_SUMS, key=lambda quality: abs(_TABLE_SUMS[quality] - sum(table))) if table else None


def _cosines() -> np.ndarray:
    """Rows 0 to 7 of the orthonormal 32-point DCT-II."""
    rows, columns = np.mgrid[:8, :32]
    scale = np.where(rows == 0, np.sqrt(1 / 32), np.sqrt(2 / 32))
    return np.asarray(scale * np.cos(np.pi * rows * (columns + 0.5) / 32))


def _table_sums() -> dict[int, int]:
    """Sum of the luminance table that libjpeg writes at each quality, read from Pillow itself."""
    sums = {}
    for quality in range(1, 101):
        stream = io.BytesIO()
        Image.new("L", (8, 8)).save(stream, "JPEG", quality=quality)
        with Image.open(stream) as image:
            sums[quality] = sum(getattr(image, "quantization", {})[0])
    return sums


_COSINES = _cosines()
_TABLE_SUMS = _table_sums()


def _groups(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["path"]: row["group"] for row in csv.DictReader(stream)}


def _examine(listed: Listed) -> Record | Unreadable:
    try:
        data = listed.path.read_bytes()
        facts = inspect(data, _LIMITS)
        image = decode(data, _LIMITS, at_least=64)
        with Image.open(io.BytesIO(data)) as header:
            quality = jpeg_quality(header)
    except (InvalidImage, OSError) as error:
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
    )
