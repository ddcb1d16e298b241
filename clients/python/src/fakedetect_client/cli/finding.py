"""Which files a person means by paths, patterns, folders, addresses and `-`."""

import glob
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakedetect_client.sources import is_address

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif"})


class NothingToDo(Exception):
    """What was named holds no image: a sentence says what."""


@dataclass(frozen=True)
class Item:
    """What the table calls it, and what the client is given."""

    name: str
    source: Any


def items(named: Iterable[str], recursive: bool) -> list[Item]:
    """In the order in which they were named, each once. A file that is named itself is taken whatever its ending.

    Raises:
        NothingToDo
    """
    found: dict[str, Item] = {}
    for word in named:
        here = list(_of(word, recursive))
        if not here and not glob.has_magic(word) and not Path(word).is_dir():
            raise NothingToDo(f"There is no file {word}.")
        for item in here:
            found.setdefault(item.name, item)
    if not found:
        hint = "" if recursive else " With --recursive folders within folders are looked through too."
        raise NothingToDo(f"There is no image in what was named.{hint}")
    return list(found.values())


def _of(word: str, recursive: bool) -> Iterator[Item]:
    if word == "-":
        yield Item("-", sys.stdin.buffer)
    elif is_address(word):
        yield Item(word, word)
    elif Path(word).is_dir():
        yield from _in_folder(Path(word), recursive)
    elif Path(word).exists():
        yield Item(word, Path(word))
    elif glob.has_magic(word):
        yield from (Item(path, Path(path)) for path in sorted(glob.glob(word, recursive=True)) if Path(path).is_file())


def _in_folder(folder: Path, recursive: bool) -> Iterator[Item]:
    """Files that look like images by their ending; hidden ones are left alone."""
    for path in sorted(folder.rglob("*") if recursive else folder.iterdir()):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in ENDINGS and not hidden and path.is_file():
            yield Item(str(path), path)
