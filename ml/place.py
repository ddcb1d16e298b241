"""Where a picture was taken, blanked in the file itself: what others than its owner are given.

Nothing is decoded and nothing moves: the pixels, their compression and all other metadata stay byte for byte, so that
whoever examines the copy sees the traces of the original. Blanked are the coordinates, in whichever container they
stand, of every picture in the file (phones write several): EXIF and GeoTIFF, XMP, the JSON of Content Credentials,
and the place of a video that hangs behind a motion photograph. A signature over the file no longer holds afterwards.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from ml.evidence import tags
from ml.evidence.capture import capture
from ml.evidence.segments import Chunk, png_chunks

# TIFF's own, and those of the RAW formats of Olympus and Panasonic, which differ in nothing else.
_HEADER = re.compile(rb"II\*\0|MM\0\*|IIRO|IIRS|MMOR|IIU\0")
_GPS_IFD, _NESTED = 0x8825, (0x8769, 0x014A)
_GEO_TAGS = (0x830E, 0x8482, 0x85D8)  # GeoTIFF: pixel scale, tie points, transformation
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_DIRECTORIES, _MOST_ENTRIES = 64, 500
_GPS_TAGS, _LATITUDE, _LONGITUDE = range(0x20), 2, 4  # a directory of nothing else is one of the place (CR3)

# A value of a property whose name begins with GPS, whichever its prefix; the one group is what is blanked.
_TEXTS = (
    re.compile(rb"[\w.-]{1,40}:GPS\w{0,40}\s{0,20}=\s{0,20}\"([^\"<]{1,400})\"", re.IGNORECASE),
    re.compile(rb"[\w.-]{1,40}:GPS\w{0,40}\s{0,20}=\s{0,20}'([^'<]{1,400})'", re.IGNORECASE),
    re.compile(rb"<[\w.-]{1,40}:GPS\w{0,40}(?:\s[^>]{0,400})?>([^<]{1,400})</", re.IGNORECASE),
    re.compile(rb"\"[\w.:-]{0,40}GPS\w{0,40}\"\s{0,20}:\s{0,20}\"([^\"]{1,400})\"", re.IGNORECASE),
    re.compile(rb"\"[\w.:-]{0,40}GPS\w{0,40}\"\s{0,20}:\s{0,20}([-+\d.eE]{1,40})", re.IGNORECASE),
    re.compile(rb"([+-]\d{2}\.\d{2,10}[+-]\d{3}\.\d{2,10}(?:[+-]\d{1,6}(?:\.\d{1,10})?)?(?:CRS\w{1,20})?/)"),
)
_NAMED = re.compile(rb"GPS", re.IGNORECASE)
_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")


class PlaceRemains(ValueError):
    """The file says where it was taken in a way that cannot be blanked."""


def without_place(data: bytes, image_format: str) -> bytes:
    """The same file, without coordinates; the very same bytes where it has none.

    Raises:
        PlaceRemains: a place is still read in it afterwards, or it is of a kind whose tags are not read at all.
    """
    if image_format == "TIFF" and b"+" in data[2:4]:
        raise PlaceRemains("The tags of a BigTIFF are not read.")
    blank = blanked(data)
    plain = _png(data, blank) if image_format == "PNG" else blank
    if capture(tags.read(plain, image_format)).gps:
        raise PlaceRemains("A place is still read in it.")
    return plain


def blanked(data: bytes) -> bytes:
    """Bytes of whatever kind, a RAW file say, without the coordinates that are found in them. Nothing is checked."""
    blank = bytearray(data)
    for match in _HEADER.finditer(data):
        _Block(blank, match.start()).blank()
    _blank_texts(blank)
    return bytes(blank)


def _blank_texts(blank: bytearray) -> None:
    """Spaces for text and a zero for a number, so that nothing moves and JSON stays JSON."""
    for pattern in _TEXTS:
        for match in pattern.finditer(bytes(blank)):
            start, end = match.span(1)
            number = blank[start - 1 : start] == b":" or blank[start - 1 : start].isspace()
            blank[start:end] = (b"0" if number else b"").ljust(end - start)


class _Block:
    """One TIFF structure, blanked where it stands; whatever leads outside the file is passed over."""

    def __init__(self, data: bytearray, start: int) -> None:
        self._data, self._start = data, start
        self._order = "<" if data[start : start + 2] == b"II" else ">"
        self._seen: set[int] = set()

    def blank(self) -> None:
        line = [self._long(4)]
        while line and len(self._seen) < _MOST_DIRECTORIES:
            offset = line.pop()
            if offset and offset not in self._seen:
                self._seen.add(offset)
                line += self._directory(offset)

    def _directory(self, offset: int) -> list[int]:
        """Blank what a directory says of the place; where further directories are."""
        if self._is_of_place(offset):
            self._blank_directory(offset)
            return []
        further, end = [], offset + 2
        for place in self._entries(offset):
            tag, kind, count = self._entry(place)
            end = place + 12
            if tag == _GPS_IFD:
                self._blank_directory(self._long(place + 8))
            elif tag in _GEO_TAGS:
                self._blank_value(place, kind, count)
            elif tag in _NESTED and count == 1:
                further.append(self._long(place + 8))
        return [*further, self._long(end)]

    def _is_of_place(self, offset: int) -> bool:
        tags = {self._entry(place)[0] for place in self._entries(offset)}
        return {_LATITUDE, _LONGITUDE} <= tags and all(tag in _GPS_TAGS for tag in tags)

    def _blank_directory(self, offset: int) -> None:
        """Every value, then the entries; what is left is an empty directory."""
        places = list(self._entries(offset))
        for place in places:
            _, kind, count = self._entry(place)
            self._blank_value(place, kind, count)
        if places:
            self._fill(offset, places[-1] + 12 - offset)

    def _blank_value(self, place: int, kind: int, count: int) -> None:
        size = _SIZES.get(kind, 1) * count
        self._fill(place + 8 if size <= 4 else self._long(place + 8), size)

    def _entries(self, offset: int) -> Iterator[int]:
        count = min(self._number("H", offset), _MOST_ENTRIES)
        for place in range(offset + 2, offset + 2 + 12 * count, 12):
            if self._start + place + 12 > len(self._data):
                return
            yield place

    def _entry(self, place: int) -> tuple[int, int, int]:
        return self._number("H", place), self._number("H", place + 2), self._long(place + 4)

    def _fill(self, offset: int, size: int) -> None:
        start, end = self._start + offset, self._start + offset + size
        if size > 0 and end <= len(self._data):
            self._data[start:end] = bytes(size)

    def _long(self, offset: int) -> int:
        return self._number("I", offset)

    def _number(self, letter: str, offset: int) -> int:
        place = self._start + offset
        if place + struct.calcsize(letter) > len(self._data):
            return 0
        return int(struct.unpack_from(self._order + letter, self._data, place)[0])


def _png(data: bytes, blank: bytes) -> bytes:
    """Chunks that were blanked get a checksum that is right; packed text that tells of a place is left out."""
    parts, end = [blank[:8]], 8
    for chunk in png_chunks(data):
        end = chunk.offset + chunk.length + 4
        if chunk.kind not in _TEXT_KINDS or not _tells(data, chunk):
            parts.append(_chunk(blank, chunk))
    return b"".join([*parts, blank[end:]])


def _chunk(blank: bytes, chunk: Chunk) -> bytes:
    body = blank[chunk.offset - 4 : chunk.offset + chunk.length]
    head = blank[chunk.offset - 8 : chunk.offset - 4]
    return head + body + struct.pack(">I", zlib.crc32(body))


def _tells(data: bytes, chunk: Chunk) -> bool:
    """Whether a text chunk is packed, so that it could not be blanked in place, and may hold coordinates."""
    payload = data[chunk.offset : chunk.offset + chunk.length]
    keyword, text = tags.png_text(chunk.kind, payload)
    if keyword.lower().startswith("raw profile type"):
        return True
    return bool(_NAMED.search(text.encode())) and not _NAMED.search(payload)
