"""Finding the mask of a forgery: a picture of the same name in a folder beside, `_gt` or `_mask` after it."""

import re
from collections.abc import Iterator
from pathlib import Path

from ml.data import walk
from ml.importers.source import Source
from ml.lookup import Lookup

_SUFFIX = re.compile(r"[_-](gt|mask)$", re.IGNORECASE)
_FOLDER = re.compile(r"mask|ground[ _-]?truth", re.IGNORECASE)


def masks_of(source: Source) -> Lookup:
    """The masks of a source by the stem of the picture they belong to, from its folder of masks if it has one."""
    return Lookup((stem, str(path)) for stem, path in mask_files(source))


def mask_files(source: Source) -> Iterator[tuple[str, Path]]:
    """(stem of the picture, mask) for every mask of a source, in the folder it names or in those that are called so."""
    for folder in [source.masks] if source.masks else _folders(source.path):
        for path in walk(folder):
            yield _SUFFIX.sub("", path.stem), path


def is_mask_folder(name: str) -> bool:
    """Whether a folder of this name holds masks and no pictures."""
    return bool(_FOLDER.search(name))


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and is_mask_folder(path.name))
