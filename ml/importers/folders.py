"""Layouts in which folders say the class: this program's own, and those whose classes lie below splits or generators.

Their own division into train and test is not kept: sides here are by group and hash.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ml.data import LABELS, Listed, list_source, walk
from ml.importers.manifests import faces_csv, is_faces_csv
from ml.importers.masks import masks_of
from ml.importers.source import Layout, Source

_AUTHENTIC, _GENERATED, _MANIPULATED = LABELS
_SPLITS = frozenset({"train", "val", "valid", "validation", "test"})
# In ForenSynths one of the "generators" is FaceForensics++: altered faces, not generated pictures.
_NOT_GENERATED = frozenset({"deepfake", "faceforensics", "ff++"})
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Classes:
    """Pictures in …/CLASS/…; with `generators`, the first folder that is neither a class nor a split is the source."""

    labels: Mapping[str, str]
    generators: bool = False

    def recognises(self, root: Path) -> bool:
        """Whether all class folders lie side by side somewhere below."""
        return any(self.labels.keys() <= names for names in _levels(root, _DEEPEST))

    def files(self, source: Source) -> Iterator[Listed]:
        """Every picture below a class folder. What has one name in both classes is one group."""
        for path in walk(source.path):
            parts = path.relative_to(source.path).with_suffix("").parts
            if places := [place for place, part in enumerate(parts[:-1]) if part in self.labels]:
                yield self._listed(source, path, parts, places[-1])

    def _listed(self, source: Source, path: Path, parts: tuple[str, ...], place: int) -> Listed:
        label = self.labels[parts[place]]
        if not self.generators:
            return Listed(path, label, source.title, path.stem, licence=source.licence)
        rest = [part for part in parts[:place] + parts[place + 1 :] if part not in _SPLITS]
        generator = rest.pop(0) if len(rest) > 1 else source.path.resolve().name
        if label == _GENERATED and generator.lower() in _NOT_GENERATED:
            label = _MANIPULATED
        name = f"{source.name}_{generator}" if source.name else generator
        return Listed(path, label, name, "/".join(rest), licence=source.licence)


def _own_files(source: Source) -> Iterator[Listed]:
    masks = masks_of(source)
    for listed in list_source(source.title, source.path):
        mask = masks.get(listed.path.stem) if listed.label != _AUTHENTIC else None
        yield listed._replace(mask=mask or "", licence=source.licence)


def _levels(root: Path, depth: int) -> Iterator[set[str]]:
    """The names of the folders in a folder, then in each of those, `depth` levels down."""
    with os.scandir(root) as entries:
        names = {entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()}
    yield names
    if depth:
        for name in sorted(names):
            yield from _levels(root / name, depth - 1)


def _is_own(root: Path) -> bool:
    return any((root / label).is_dir() for label in LABELS)


CLASSES = Layout("authentic/, ai_generated/, manipulated/ and, if need be, groups.csv and masks/", _is_own, _own_files)

_CIFAKE = Classes({"REAL": _AUTHENTIC, "FAKE": _GENERATED})
_GENIMAGE = Classes({"nature": _AUTHENTIC, "ai": _GENERATED}, generators=True)
_FORENSYNTHS = Classes({"0_real": _AUTHENTIC, "1_fake": _GENERATED}, generators=True)
_FACES = Classes({"real": _AUTHENTIC, "fake": _GENERATED})

CIFAKE = Layout("{train,test}/{REAL,FAKE}", _CIFAKE.recognises, _CIFAKE.files)
GENIMAGE = Layout("GENERATOR/{train,val}/{nature,ai}", _GENIMAGE.recognises, _GENIMAGE.files)
FORENSYNTHS = Layout("GENERATOR[/CLASS]/{0_real,1_fake}", _FORENSYNTHS.recognises, _FORENSYNTHS.files)
FACES_140K = Layout(
    "real_vs_fake/real-vs-fake/{train,valid,test}/{real,fake}, or its train.csv",
    lambda root: is_faces_csv(root) if root.is_file() else _FACES.recognises(root),
    lambda source: faces_csv(source) if source.path.is_file() else _FACES.files(source),
)
