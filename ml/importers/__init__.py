"""Sources in the layouts that people have on disk, recognised by themselves or chosen by name."""

from collections.abc import Iterator

from ml.data import Listed, SourceRefused
from ml.importers.casia import CASIA
from ml.importers.dfdc import DFDC
from ml.importers.folders import CIFAKE, CLASSES, FACES_140K, FORENSYNTHS, GENIMAGE
from ml.importers.manifests import MANIFEST
from ml.importers.source import Layout, NothingFound, Source

# In the order in which they are tried: what is rarer on disk by chance comes first.
LAYOUTS: dict[str, Layout] = {
    "classes": CLASSES,
    "casia": CASIA,
    "forensynths": FORENSYNTHS,
    "genimage": GENIMAGE,
    "cifake": CIFAKE,
    "faces140k": FACES_140K,
    "dfdc": DFDC,
    "manifest": MANIFEST,
}
_OF_FILES = ("faces140k", "manifest")  # a file is one of these, a folder any but the last


def listed(source: Source) -> Iterator[Listed]:
    """Every file of a source, with its label, source, group, mask and licence; nothing was opened yet.

    Raises:
        SourceRefused: nothing is there, or what is there has no layout that is known (NothingFound).
    """
    return layout_of(source).files(source)


def layout_of(source: Source) -> Layout:
    """The layout that a source names, or else the first that recognises it.

    Raises:
        SourceRefused: nothing is there, or the layout's name is none.
        NothingFound: no layout recognises what is there.
    """
    if not source.path.exists():
        raise SourceRefused(f"{source.path} is no folder and no file.")
    if source.layout:
        return _named(source.layout)
    tried = _OF_FILES if source.path.is_file() else [name for name in LAYOUTS if name != "manifest"]
    if found := next((LAYOUTS[name] for name in tried if LAYOUTS[name].recognises(source.path)), None):
        return found
    known = "; ".join(f"{name}: {layout.about}" for name, layout in LAYOUTS.items())
    raise NothingFound(f"No readable image: {source.path} has no layout that is known. Known are {known}.")


def _named(name: str) -> Layout:
    if name not in LAYOUTS:
        raise SourceRefused(f"There is no layout {name}. Use one of {', '.join(LAYOUTS)}.")
    return LAYOUTS[name]
