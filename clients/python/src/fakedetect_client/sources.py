"""What can be checked: a path, bytes, an open file, an address. Files are sent piece by piece, never read whole."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO

from fakedetect_client.errors import InvalidSource

Source = str | os.PathLike[str] | bytes | BinaryIO | IO[bytes]

_IN_MEMORY = 1_000_000  # a stream that cannot be rewound lies on disk beyond this


@dataclass(frozen=True)
class Image:
    """Bytes or a file with a name, or an address that the site fetches itself."""

    name: str
    content: Any = None
    url: str = ""


_BEGINNINGS = (  # where in a file, what stands there, what it is
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (8, b"avi", "image/avif"),
    (4, b"ftyp", "image/heic"),
)


def kind_of(data: bytes) -> str:
    """The media type by the first bytes, which the site will look at too."""
    for start, sign, kind in _BEGINNINGS:
        if data.startswith(sign, start):
            return kind
    raise InvalidSource("This is no image of a kind that can be sent to the store.")


def whole(image: Image) -> bytes:
    """All of its bytes."""
    if image.url:
        raise InvalidSource("What lies at an address is fetched by the site: it cannot be sent to its store.")
    if isinstance(image.content, bytes):
        return image.content
    image.content.seek(0)
    data: bytes = image.content.read()
    return data


class _Whole:
    """Of a file only what a sender needs: its length is where it ends, not what lies on disk (of gzip less)."""

    def __init__(self, file: Any) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def is_address(source: object) -> bool:
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))


@contextmanager
def opened(source: Source, name: str | None = None) -> Iterator[Image]:
    """Open a source for as long as it is being sent. An open file is sent from its beginning, and stays open."""
    if isinstance(source, bytes | bytearray):
        yield Image(name or "image", bytes(source))
    elif isinstance(source, str) and is_address(source):
        yield Image(name or "", url=source)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        with _file(path) as file:
            yield Image(name or path.name, file)
    else:
        with _rewindable(source) as file:
            yield Image(name or _name_of(source), file)


@contextmanager
def _file(path: Path) -> Iterator[IO[bytes]]:
    try:
        if path.is_dir():
            raise InvalidSource(f"{path} is a folder.")
        file = path.open("rb")
    except OSError as error:
        raise InvalidSource(f"{path} cannot be read: {error.strerror or error}.") from error
    with file:
        yield file


@contextmanager
def _rewindable(source: Any) -> Iterator[Any]:
    """Retries send again from the beginning, and the site wants to know the length first."""
    if not hasattr(source, "read"):
        raise InvalidSource(f"{type(source).__name__} cannot be checked: give a path, bytes, a file or an address.")
    if hasattr(source, "seekable") and source.seekable():
        if not isinstance(source.read(0), bytes):
            raise InvalidSource("The file was opened as text: open it with mode 'rb'.")
        yield _Whole(source)
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        shutil.copyfileobj(source, kept)
        yield _Whole(kept)


def _name_of(source: Any) -> str:
    name = getattr(source, "name", "")
    return Path(name).name if isinstance(name, str) and name and not name.startswith("<") else "image"
