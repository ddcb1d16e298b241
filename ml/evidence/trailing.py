"""What stands behind the end of a picture, by name where it is known."""

import re
from typing import NamedTuple

from ml.containers import end_of_image
from ml.evidence.segments import boxes, jpeg_header
from ml.sentences import say

_MOST, _LEAST_PADDING = 20, 16
_JPEG, _PADDING = b"\xff\xd8\xff", b"\0\r\n\t "
_GAIN_MAPS = (b"http://ns.adobe.com/hdr-gain-map/1.0/", b"urn:iso:std:iso:ts:21496:-1")
_PRINTABLE = re.compile(rb"[\t\n\r\x20-\x7e]{16,}")
UNKNOWN, TEXT, PADDING = "unknown data", "text", "padding"
VIDEO, SAMSUNG = "video of a motion photograph", "trailer of a Samsung phone"
GAIN_MAP, SECOND = "HDR gain map", "second picture"
WORDS = {
    UNKNOWN: say("unknown data"),
    TEXT: say("text"),
    PADDING: say("padding"),
    VIDEO: say("a video of a motion photograph"),
    SAMSUNG: say("a trailer of a Samsung phone"),
    GAIN_MAP: say("an HDR gain map"),
    SECOND: say("a second picture"),
}


class Part(NamedTuple):
    """A piece of what follows a picture and its length in bytes."""

    name: str
    size: int


def parts(data: bytes, image_format: str) -> list[Part]:
    """Everything after the picture's end, in order; empty where it ends the file."""
    rest = data[end_of_image(data, image_format) :]
    found: list[Part] = []
    while rest and len(found) < _MOST:
        part = _next(rest)
        found.append(part)
        rest = rest[part.size :]
    return found


def _next(rest: bytes) -> Part:
    """The first piece; what is not known takes all that is left."""
    if rest.startswith(_JPEG):
        size = end_of_image(rest, "JPEG")
        return Part(_second_picture(rest[:size]), size)
    if rest[4:8] == b"ftyp":
        size = max((chunk.offset + chunk.length for chunk in boxes(rest)), default=len(rest))
        return Part(VIDEO, size)
    if rest.endswith(b"SEFT"):
        return Part(SAMSUNG, len(rest))
    if not rest.strip(_PADDING + b"\xff"):
        return Part(PADDING, len(rest))
    padding = len(rest) - len(rest.lstrip(_PADDING))
    if padding >= _LEAST_PADDING or (padding and rest[padding:].startswith(_JPEG)):
        return Part(PADDING, padding)
    return Part(TEXT if _PRINTABLE.fullmatch(rest) else UNKNOWN, len(rest))


def _second_picture(data: bytes) -> str:
    """A gain map brightens the first picture on displays that can; it names itself in its header."""
    for segment in jpeg_header(data):
        if any(name in segment.data for name in _GAIN_MAPS):
            return GAIN_MAP
    return SECOND
