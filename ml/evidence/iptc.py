"""IPTC-IIM and Photoshop's image resources (APP13 of a JPEG, two tags of a TIFF)."""

from collections.abc import Iterator

_NAMES = {5: "Title", 55: "DateCreated", 60: "TimeCreated", 65: "OriginatingProgram", 70: "ProgramVersion",
          80: "Byline", 110: "Credit", 115: "Source", 116: "Copyright", 120: "Caption"}  # fmt: skip
_LONGEST_VALUE, _MOST = 2_000, 500
IPTC, QUALITY = 0x0404, 0x0406
_PREFIX = b"Photoshop 3.0\0"


def resources(block: bytes) -> dict[int, bytes]:
    """Photoshop's image resources by their number; a block that is cut off gives those before the cut."""
    block, position = block.removeprefix(_PREFIX), 0
    found: dict[int, bytes] = {}
    while block[position : position + 4] == b"8BIM" and len(found) < _MOST:
        number = int.from_bytes(block[position + 4 : position + 6], "big")
        name = block[position + 6] if position + 6 < len(block) else 0
        start = position + 6 + (name + 2) // 2 * 2 + 4
        size = int.from_bytes(block[start - 4 : start], "big")
        if start + size > len(block):
            break
        found[number] = block[start : start + size]
        position = start + size + size % 2
    return found


def parse(block: bytes) -> dict[str, str]:
    """The application record of an IIM stream, by the names of its data sets; the first of a repeated one."""
    found: dict[str, str] = {}
    for record, number, value in _data_sets(block):
        if record == 2 and number in _NAMES:
            found.setdefault(_NAMES[number], value[:_LONGEST_VALUE].decode("utf-8", "replace").strip("\0 "))
    return found


def _data_sets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    position = 0
    for _ in range(_MOST):
        if block[position : position + 1] != b"\x1c" or position + 5 > len(block):
            return
        size = int.from_bytes(block[position + 3 : position + 5], "big")
        if size & 0x8000:  # extended data sets are longer than any text that is asked for
            return
        yield block[position + 1], block[position + 2], block[position + 5 : position + 5 + size]
        position += 5 + size
