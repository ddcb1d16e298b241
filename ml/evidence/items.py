"""What HEIF and AVIF keep beside their pictures: EXIF and XMP, by the item list of ISO 14496-12 and 23008-12.

Read here and not by the libraries that decode them: their native code meets unknown bytes in the process of the decoder
alone.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ml.evidence.segments import Chunk, boxes

_MOST_ITEMS, _MOST_EXTENTS = 1_000, 64
_EXIF, _MIME, _XMP = b"Exif", b"mime", b"application/rdf+xml\0"
_IN_FILE, _IN_META = 0, 1  # where an item's bytes are: in the file, or in a box of the list itself


class Metadata(NamedTuple):
    """Each block as its own reader takes it; empty where the file has none."""

    exif: bytes = b""
    xmp: bytes = b""


class _Place(NamedTuple):
    """One extent of an item."""

    item: int
    where: int
    offset: int
    length: int


def metadata(data: bytes) -> Metadata:
    """The first EXIF block and the first XMP packet that the file lists. Any bytes; raises nothing."""
    listed = next((_content(data, box)[4:] for box in boxes(data) if box.kind == b"meta"), b"")
    parts = {box.kind: _content(listed, box) for box in boxes(listed)}
    kinds = dict(_kinds(parts.get(b"iinf", b"")))
    try:
        places = list(_places(parts.get(b"iloc", b"")))
    except struct.error:  # it ends within a number
        return Metadata()
    held = {kind: _joined(item, places, (data, parts.get(b"idat", b""))) for kind, item in kinds.items()}
    block = held.get(_EXIF, b"")
    return Metadata(block[4 + int.from_bytes(block[:4], "big") :], held.get(_MIME, b""))


def _content(data: bytes, box: Chunk) -> bytes:
    return data[box.offset : box.offset + box.length]


def _kinds(entries: bytes) -> Iterator[tuple[bytes, int]]:
    """Kind and number of each item that is metadata, the last first, so that the first one counts."""
    start = 6 if entries[:1] == b"\0" else 8
    found = [_content(entries[start:], box) for box in boxes(entries[start:]) if box.kind == b"infe"]
    for entry in reversed(found[:_MOST_ITEMS]):
        wide = entry[:1] == b"\3"
        rest = entry[10:] if wide else entry[8:]
        if rest.startswith(_EXIF) or (rest.startswith(_MIME) and _XMP in rest[4:].partition(b"\0")[2][:40]):
            yield rest[:4], int.from_bytes(entry[4:8] if wide else entry[4:6], "big")


def _places(table: bytes) -> Iterator[_Place]:
    """Raises struct.error where the table ends too early."""
    version, sizes, more = table[0] if table else 0, *struct.unpack_from(">BB", table, 4)
    reader = _Numbers(table, 6)
    for _ in range(min(reader.take(4 if version == 2 else 2), _MOST_ITEMS)):
        item = reader.take(4 if version == 2 else 2)
        where = reader.take(2) & 15 if version in (1, 2) else _IN_FILE
        reader.take(2)  # of another file, which nobody opens
        base = reader.take(more >> 4)
        for _ in range(min(reader.take(2), _MOST_EXTENTS)):
            reader.take(more & 15 if version in (1, 2) else 0)
            offset, length = reader.take(sizes >> 4), reader.take(sizes & 15)
            yield _Place(item, where, base + offset, length)


class _Numbers:
    """Numbers of any length, one after the other."""

    def __init__(self, table: bytes, position: int) -> None:
        self._table, self._position = table, position

    def take(self, size: int) -> int:
        """Raises struct.error."""
        start, self._position = self._position, self._position + size
        if self._position > len(self._table):
            raise struct.error("The table ends too early.")
        return int.from_bytes(self._table[start : self._position], "big")


def _joined(item: int, places: list[_Place], sources: tuple[bytes, bytes]) -> bytes:
    """The extents of an item; together no longer than the file, however often they name the same bytes."""
    parts, left = [], len(sources[0])
    for place in places:
        if place.item == item and place.where in (_IN_FILE, _IN_META) and left:
            source = sources[place.where]
            end = place.offset + min(place.length or len(source), left)
            parts.append(source[place.offset : end])
            left -= len(parts[-1])
    return b"".join(parts)
