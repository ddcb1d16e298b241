"""A ZIP that is sent while it is written: no file on the disk, a megabyte in memory, however much goes in."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive; pictures are stored as they are, since they are compressed already."""

    path: str
    chunks: Iterable[bytes]
    packed: bool = True


class _Sink(io.RawIOBase):
    """What zipfile writes to. It cannot be sought, so zipfile puts sizes and checksums behind each file."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "io.ReadableBuffer") -> int:  # type: ignore[name-defined]
        self._waiting.append(bytes(data))
        return len(self._waiting[-1])

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        waiting, self._waiting = self._waiting, []
        return b"".join(waiting)


def stream(entries: Iterable[Entry], at: datetime | None = None) -> Iterator[bytes]:
    """The bytes of a ZIP of these entries, as they come."""
    sink, moment = _Sink(), timezone.localtime(at or timezone.now()).timetuple()[:6]
    with zipfile.ZipFile(sink, "w", allowZip64=True) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.path, moment)
            info.compress_type = zipfile.ZIP_DEFLATED if entry.packed else zipfile.ZIP_STORED
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                for chunk in entry.chunks:
                    member.write(chunk)
                    if ready := sink.taken():
                        yield ready
            yield sink.taken()
    yield sink.taken()


def pieces(file: io.BufferedIOBase) -> Iterator[bytes]:
    """A stored file in pieces; closed at the end."""
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
