"""Crops of the DeepFake Detection Challenge: pictures named after videos, and what metadata.csv says of those."""

from collections.abc import Iterator
from pathlib import Path

from ml.data import Listed, SourceRefused, rows, walk
from ml.importers.source import Layout, Source
from ml.lookup import Lookup

_TABLE = "metadata.csv"
_COLUMNS = ("videoname", "label", "original")
_LABELS = {"REAL": "authentic", "FAKE": "manipulated"}


def recognises(root: Path) -> bool:
    """Whether metadata.csv lies here."""
    return (root / _TABLE).is_file()


def files(source: Source) -> Iterator[Listed]:
    """Every crop whose video the table knows; a fake's group is the video that it was made from.

    Raises:
        SourceRefused: the table lacks a column, or has a label that is neither REAL nor FAKE.
    """
    labels, originals = _tables(source.path / _TABLE)
    for path in walk(source.path):
        if video := _video(labels, path):
            group = originals.get(video) or video
            yield Listed(path, labels.get(video) or "", source.title, group, licence=source.licence)


def _tables(path: Path) -> tuple[Lookup, Lookup]:
    labels = Lookup((Path(row["videoname"]).stem, _label(path, row["label"])) for row in rows(path, *_COLUMNS))
    originals = ((Path(row["videoname"]).stem, Path(row["original"]).stem) for row in rows(path, *_COLUMNS))
    return labels, Lookup((video, original) for video, original in originals if original not in ("", "NAN", "nan"))


def _label(path: Path, word: str) -> str:
    if word not in _LABELS:
        raise SourceRefused(f"{path} has the label {word or 'that is empty'}; it must be REAL or FAKE.")
    return _LABELS[word]


def _video(labels: Lookup, path: Path) -> str | None:
    """The crop's own name, or that before its last number (VIDEO_12, VIDEO-12), or its folder's."""
    stem = path.stem
    names = (stem, stem.rpartition("_")[0], stem.rpartition("-")[0], path.parent.name)
    return next((name for name in names if name and labels.get(name)), None)


DFDC = Layout("pictures named after videos, and metadata.csv (videoname, label, original)", recognises, files)
