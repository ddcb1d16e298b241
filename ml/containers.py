"""Where an image file ends, and whether it is a second kind of file as well (a polyglot)."""

import io
import re
import zipfile
from collections.abc import Callable

# Entropy-coded JPEG data escapes 0xFF as FF00 and may hold restart markers: any other FFxx ends the scan.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_EOI = 0xD9
# Longest signatures only: a short one would turn up by chance in the video that phones append to a photograph.
_FOREIGN = {
    b"%PDF-": "PDF",
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x7fELF": "program",
    b"<?php": "PHP script",
}
_PDF_HEADER_WITHIN = 1024  # PDF readers accept a header anywhere in the first kilobyte


def foreign_content(data: bytes, image_format: str) -> str | None:
    """Name the other kind of file that these bytes are, or None.

    Only what stands outside the picture counts: bytes after its end, an archive that readers open from the back,
    and a PDF header near the front. The video of a motion photograph is no foreign content, nor is the HTML that web
    hosts appended to every file they served: such photographs exist, and no browser runs it behind an image type.
    """
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        return "PDF"
    if b"PK\x03\x04" in data and zipfile.is_zipfile(io.BytesIO(data)):
        return "ZIP"
    tail = data[end_of_image(data, image_format) :]
    return next((name for mark, name in _FOREIGN.items() if mark in tail), None)


def end_of_image(data: bytes, image_format: str) -> int:
    """Return the offset of the first byte after the picture; the file's length where the format cannot tell."""
    walk = _WALKERS.get(image_format)
    end = walk(data) if walk else None
    return len(data) if end is None or end > len(data) else end


def _end_of_jpeg(data: bytes) -> int | None:
    position = 2
    while match := _NEXT_MARKER.search(data, position):
        marker, position = data[match.end() - 1], match.end()
        if marker == _EOI:
            return position
        if marker not in _STANDALONE:
            position += int.from_bytes(data[position : position + 2], "big")
    return None


def _end_of_png(data: bytes) -> int | None:
    position = 8
    while position + 12 <= len(data):
        kind = data[position + 4 : position + 8]
        position += 12 + int.from_bytes(data[position : position + 4], "big")
        if kind == b"IEND":
            return position
    return None


def _end_of_gif(data: bytes) -> int | None:
    position = 13 + _colour_table(data[10:11])
    while position < len(data):
        kind = data[position : position + 1]
        if kind == b";":
            return position + 1
        position = _after_gif_block(data, position, kind)
    return None


def _after_gif_block(data: bytes, position: int, kind: bytes) -> int:
    if kind == b"!":
        position += 2
    elif kind == b",":
        position += 11 + _colour_table(data[position + 9 : position + 10])
    else:
        return len(data)  # not a block: give up, the file says nothing sure
    while position < len(data) and data[position]:
        position += 1 + data[position]
    return position + 1


def _colour_table(flags: bytes) -> int:
    """Bytes of the colour table that these packed flags announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _end_of_riff(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def _end_of_boxes(data: bytes) -> int | None:
    """ISO base media (HEIF, AVIF): the last box that starts with a plausible type."""
    position = 0
    while position + 8 <= len(data):
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        if size < 8 or not kind.isalnum():
            break
        position += size
    return position or None


_WALKERS: dict[str, Callable[[bytes], int | None]] = {
    "JPEG": _end_of_jpeg,
    "PNG": _end_of_png,
    "GIF": _end_of_gif,
    "WEBP": _end_of_riff,
    "HEIF": _end_of_boxes,
    "AVIF": _end_of_boxes,
}
