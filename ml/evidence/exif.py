"""EXIF from its block: the tags that signals ask for and the small picture, each within bounds.

Only known tags are read and no value is longer than it can sensibly be, so a hostile block of a few kilobytes cannot
claim gigabytes. Layout by TIFF 6.0 (Adobe, 1992) and Exif 2.32 (CIPA DC-008, 2019).
"""

import math
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Value = str | float | bytes | tuple[float, ...]

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_TEXT, _RATIONALS, _UNDEFINED = 2, (5, 10), 7
_MOST_ENTRIES, _LONGEST, _MOST_NUMBERS = 500, 1_000_000, 16
_EXIF_IFD, _GPS_IFD, _THUMBNAIL, _THUMBNAIL_LENGTH = 0x8769, 0x8825, 0x0201, 0x0202
_MAIN = {
    0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0112: "Orientation", 0x0131: "Software",
    0x0132: "DateTime", 0x013B: "Artist", 0x02BC: "XMLPacket", 0x8298: "Copyright", 0x83BB: "IPTC",
    0x8649: "ImageResources", 0x9286: "UserComment",
}  # fmt: skip
_DETAIL = {
    0x829A: "ExposureTime", 0x829D: "FNumber", 0x8827: "ISOSpeedRatings", 0x9003: "DateTimeOriginal",
    0x9010: "OffsetTime", 0x9011: "OffsetTimeOriginal", 0x920A: "FocalLength",
    0x927C: "MakerNote", 0x9286: "UserComment", 0xA002: "PixelXDimension", 0xA003: "PixelYDimension",
    0xA405: "FocalLengthIn35mmFilm", 0xA420: "ImageUniqueID", 0xA430: "CameraOwnerName", 0xA431: "BodySerialNumber",
    0xA433: "LensMake", 0xA434: "LensModel", 0xA435: "LensSerialNumber",
}  # fmt: skip
_GPS = {1: "LatitudeRef", 2: "Latitude", 3: "LongitudeRef", 4: "Longitude"}


class Damaged(ValueError):
    """The block is no EXIF that can be read."""


@dataclass(frozen=True, slots=True)
class Exif:
    """What an EXIF block says; `thumbnail` is the small JPEG stored in it, or empty.

    `damaged` is true where some value lies outside the block: the rest may still be right.
    """

    tags: Mapping[str, Value] = field(default_factory=dict)
    gps: Mapping[str, Value] = field(default_factory=dict)
    thumbnail: bytes = b""
    damaged: bool = False

    def text(self, name: str) -> str:
        """The tag in words, "" where it is absent or no text."""
        value = self.tags.get(name, "")
        return value if isinstance(value, str) else comment(value) if isinstance(value, bytes) else ""

    def number(self, name: str) -> float | None:
        """The tag as one number, None where it is absent or has none."""
        value = self.tags.get(name)
        if isinstance(value, tuple):
            value = value[0] if value else None
        return float(value) if isinstance(value, int | float) else None


def parse(block: bytes) -> Exif:
    """Read a TIFF block, with or without the prefix "Exif" that containers put before it.

    Raises:
        Damaged: it does not begin as a TIFF block does.
    """
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        raise Damaged("The EXIF block of this file is damaged and cannot be read.")
    reader = _Reader(block, order)
    tags, pointers, following = reader.directory(reader.long(4), _MAIN)
    detail = reader.directory(pointers[_EXIF_IFD], _DETAIL)[0] if _EXIF_IFD in pointers else {}
    gps = reader.directory(pointers[_GPS_IFD], _GPS)[0] if _GPS_IFD in pointers else {}
    return Exif({**tags, **detail}, gps, reader.thumbnail(following), reader.damaged)


def comment(value: bytes) -> str:
    """A UserComment in words: eight bytes name its encoding, which many programs get wrong."""
    head, text = value[:8].rstrip(b"\0 "), value[8:]
    if head == b"UNICODE":
        return _utf16(text)
    if head in (b"ASCII", b"JIS", b""):
        return clean(text.decode("utf-8", "replace"))
    return clean(value.decode("utf-8", "replace"))


def clean(text: str) -> str:
    """Without control characters (line ends stay), halves of characters and the padding that writers leave.

    JSON escapes can hold both, and neither a data base nor a page takes them.
    """
    text = text.encode("utf-8", "replace").decode()
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text).strip()


def _utf16(text: bytes) -> str:
    """Byte order by where the zeros of Latin text stand: the standard leaves it open."""
    little = text[1::2].count(0) > text[0::2].count(0)
    return clean(text.decode("utf-16-le" if little else "utf-16-be", "replace"))


class _Reader:
    """One TIFF block; offsets that lead outside it are noted and skipped."""

    def __init__(self, block: bytes, order: str) -> None:
        self._block, self._order, self.damaged = block, order, False

    def long(self, offset: int) -> int:
        """Four bytes as a number; 0 outside the block."""
        return self._number("I", offset)

    def directory(self, offset: int, names: Mapping[int, str]) -> tuple[dict[str, Value], dict[int, int], int]:
        """The named tags of a directory, every tag's first number as a pointer, and where the next directory is."""
        tags: dict[str, Value] = {}
        pointers = {}
        count = self._number("H", offset)
        for tag, kind, number, place in self._entries(offset, min(count, _MOST_ENTRIES)):
            if tag in names:
                value = self._value(kind, number, place)
                if value is not None:
                    tags[names[tag]] = value
            elif kind in (4, 13):
                pointers[tag] = self.long(place)
        return tags, pointers, self.long(offset + 2 + 12 * count)

    def thumbnail(self, offset: int) -> bytes:
        """The JPEG that the second directory points to, empty where there is none."""
        if not offset:
            return b""
        pointers = self.directory(offset, {})[1]
        start, length = pointers.get(_THUMBNAIL, 0), pointers.get(_THUMBNAIL_LENGTH, 0)
        small = self._block[start : start + length]
        return small if start and length < _LONGEST and small.startswith(b"\xff\xd8") else b""

    def _entries(self, offset: int, count: int) -> Iterator[tuple[int, int, int, int]]:
        """Tag, type, count and where the value is."""
        for place in range(offset + 2, offset + 2 + 12 * count, 12):
            if place + 12 > len(self._block):
                self.damaged = True
                return
            tag, kind, number = struct.unpack_from(f"{self._order}HHI", self._block, place)
            small = _SIZES.get(kind, 1) * number <= 4
            yield tag, kind, number, place + 8 if small else self.long(place + 8)

    def _value(self, kind: int, number: int, place: int) -> Value | None:
        size = _SIZES.get(kind, 0) * number
        if not 0 < size < _LONGEST or place + size > len(self._block):
            self.damaged |= size > 0
            return None
        raw = self._block[place : place + size]
        if kind == _TEXT:
            return clean(raw.split(b"\0")[0].decode("utf-8", "replace"))
        if kind == _UNDEFINED or (kind == 1 and number > _MOST_NUMBERS):
            return raw
        return self._numbers(kind, min(number, _MOST_NUMBERS), raw)

    def _numbers(self, kind: int, number: int, raw: bytes) -> Value:
        if kind in _RATIONALS:
            pairs = struct.unpack_from(f"{self._order}{2 * number}{'I' if kind == 5 else 'i'}", raw)
            found = tuple(up / down for up, down in zip(pairs[::2], pairs[1::2], strict=True) if down)
        else:
            found = struct.unpack_from(f"{self._order}{number}{_LETTERS[kind]}", raw)
            found = tuple(value for value in found if math.isfinite(value))
        return found[0] if len(found) == 1 else found

    def _number(self, letter: str, offset: int) -> int:
        if offset < 0 or offset + struct.calcsize(letter) > len(self._block):
            self.damaged = True
            return 0
        return int(struct.unpack_from(self._order + letter, self._block, offset)[0])
