"""The parts that an image file is built of: JPEG segments, PNG and RIFF chunks, ISO boxes, blocks of a GIF.

Each walker reads lengths only, never searches, and ends quietly where the file is cut off or what follows is no part
of its format. What stands after the picture's end is therefore never among the parts.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Entropy-coded data escapes 0xFF as FF00 and may hold restart markers: any other FFxx ends the scan.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MOST_PARTS = 10_000  # a file of a million empty chunks must not cost a second
SOS, EOI = 0xDA, 0xD9
_BARE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


class Segment(NamedTuple):
    """A JPEG marker, 0xC0 to 0xFE, with the offset of its payload; `data` excludes marker and length."""

    marker: int
    offset: int
    data: bytes


class Chunk(NamedTuple):
    """A PNG or RIFF chunk or an ISO box: four letters, the offset of its payload and the payload's length."""

    kind: bytes
    offset: int
    length: int


def jpeg_segments(data: bytes) -> Iterator[Segment]:
    """Segments in order, one for every scan, the end-of-image marker last."""
    position = 2
    for _ in range(_MOST_PARTS):
        match = _NEXT_MARKER.search(data, position)
        if not match:
            return
        marker, position = data[match.end() - 1], match.end()
        if marker in _BARE:
            continue
        length = 0 if marker == EOI else int.from_bytes(data[position : position + 2], "big")
        yield Segment(marker, position + 2, data[position + 2 : position + length])
        if marker == EOI:
            return
        position += length


def jpeg_header(data: bytes) -> Iterator[Segment]:
    """The segments before the first scan, where all metadata of a JPEG stands."""
    for segment in jpeg_segments(data):
        if segment.marker in (SOS, EOI):
            return
        yield segment


def png_chunks(data: bytes) -> Iterator[Chunk]:
    """Chunks that lie wholly in the file, through IEND."""
    position = 8
    for _ in range(_MOST_PARTS):
        length, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        if position + 12 + length > len(data):
            return
        yield Chunk(kind, position + 8, length)
        if kind == b"IEND":
            return
        position += 12 + length


def riff_chunks(data: bytes) -> Iterator[Chunk]:
    """Chunks of a WebP within the length that its RIFF header states."""
    position, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    for _ in range(_MOST_PARTS):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + length > end:
            return
        yield Chunk(data[position : position + 4], position + 8, length)
        position += 8 + length + length % 2


def boxes(data: bytes) -> Iterator[Chunk]:
    """The outermost boxes of an ISO base media file (HEIF, AVIF, and the video of a motion photograph)."""
    position = 0
    for _ in range(_MOST_PARTS):
        size, kind, head = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif size == 0:
            size = len(data) - position
        if size < head or position + size > len(data) or not re.fullmatch(rb"[0-9A-Za-z ]{4}", kind):
            return
        yield Chunk(kind, position + head, size - head)
        position += size


def gif_comment(data: bytes) -> bytes:
    """The comments before the first picture of a GIF, a line each."""
    position, found = 13 + (3 << (data[10] & 7) + 1 if data[10:11] and data[10] & 0x80 else 0), []
    while data[position : position + 1] == b"!":
        kind, position, parts = data[position + 1 : position + 2], position + 2, []
        while size := int.from_bytes(data[position : position + 1], "big"):
            parts.append(data[position + 1 : position + 1 + size])
            position += 1 + size
        position += 1
        if kind == b"\xfe":
            found.append(b"".join(parts))
    return b"\n".join(found)
