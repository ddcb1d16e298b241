"""What a person names as a source, before anybody looked at what lies there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ml.data import Listed, SourceRefused


class NothingFound(SourceRefused):
    """No image that can be read lies where the sources are said to be."""


@dataclass(frozen=True, slots=True)
class Source:
    """A folder or a list of files. `layout` "" means that it is recognised; `masks` is a folder of masks elsewhere."""

    path: Path
    name: str = ""
    layout: str = ""
    licence: str = ""
    masks: Path | None = None

    @property
    def title(self) -> str:
        """The source's name: the one that was given, or else that of the folder or file."""
        path = self.path.resolve()
        return self.name or (path.stem if path.is_file() else path.name)


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which people keep a data set on disk."""

    about: str
    recognises: Callable[[Path], bool]
    files: Callable[[Source], Iterator[Listed]]
