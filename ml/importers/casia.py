"""CASIA v1 and v2: forgeries whose names say which photographs they were made from, with masks kept apart.

`Sp_D_CND_A_pla0005_pla0023_0281.jpg` was made from `Au_pla_0005.jpg` and `Au_pla_0023.jpg`. A forgery and each of its
photographs are one group, and so is whatever shares one of them, however far that reaches.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ml.data import Listed, walk
from ml.grouping import Groups
from ml.importers.masks import is_mask_folder, mask_files
from ml.importers.source import Layout, Source
from ml.lookup import Lookup

_AUTHENTIC = frozenset({"Au", "authentic"})
_FORGED = frozenset({"Tp", "Sp", "CM", "manipulated"})
_PHOTOGRAPH = re.compile(r"(?<![a-z])([a-z]{3})_?(\d{4,5})(?!\d)")
_NUMBER = re.compile(r"[_.](\d+)$")


def photographs(stem: str) -> list[str]:
    """The photographs that the name of a picture refers to, such as pla0005, each once; of an original: itself."""
    return list(dict.fromkeys(kind + number for kind, number in _PHOTOGRAPH.findall(stem)))


def recognises(root: Path) -> bool:
    """Whether Au lies beside Tp or Sp, or one level down."""
    return any(
        (folder / "Au").is_dir() and any((folder / name).is_dir() for name in ("Tp", "Sp"))
        for folder in (root, *(path for path in root.iterdir() if path.is_dir()))
    )


def files(source: Source) -> Iterator[Listed]:
    """Photographs and forgeries, each forgery with its mask where one is found."""
    groups, masks = Groups(), _masks(source)
    for path, _ in _pictures(source.path):
        groups.join(photographs(path.stem))
    for path, label in _pictures(source.path):
        named = photographs(path.stem)
        mask = _mask(masks, path.stem, named) if label == "manipulated" else ""
        yield Listed(path, label, source.title, groups.of(named[0]) if named else path.stem, mask, source.licence)


def _pictures(root: Path) -> Iterator[tuple[Path, str]]:
    for path in walk(root):
        above = path.relative_to(root).parts[:-1]
        if any(is_mask_folder(part) for part in above):
            continue
        if _AUTHENTIC & set(above):
            yield path, "authentic"
        elif _FORGED & set(above):
            yield path, "manipulated"


def _masks(source: Source) -> Lookup:
    """Masks by the forgery's stem, and by its number with a photograph, since some were renamed on one side only."""
    return Lookup(pair for stem, path in mask_files(source) for pair in _mask_keys(stem, str(path)))


def _mask_keys(stem: str, path: str) -> Iterator[tuple[str, str]]:
    yield stem, path
    for name in photographs(stem):
        yield _renamed(stem, name), path


def _mask(masks: Lookup, stem: str, named: list[str]) -> str:
    keys = [stem, *(_renamed(stem, name) for name in named)]
    return next((found for key in keys if (found := masks.get(key))), "")


def _renamed(stem: str, photograph: str) -> str:
    number = _NUMBER.search(stem)
    return f"{photograph} {number.group(1) if number else ''}"


CASIA = Layout("Au/, Tp/ or Sp/, and a folder of masks (*_gt.png)", recognises, files)
