"""Event files that TensorBoard reads, written without TensorBoard or any framework: they are the same on each backend.

A file is a run of records (length, its checksum, content, its checksum; little-endian), each a protocol buffer
`Event` of tensorflow/core/util/event.proto. The checksum is CRC-32C, rotated and offset so that a checksum of data
that holds checksums stays good.
"""

import struct
import time
from collections.abc import Mapping
from pathlib import Path

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected
_DOUBLE, _BYTES, _FLOAT = 1, 2, 5  # wire types of protocol buffers
FILE = "events.out.tfevents.0.training"


def add(folder: Path, step: int, scalars: Mapping[str, float]) -> None:
    """Append the scalars of one step to the event file of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    content = b"" if path.is_file() else _record(_event(_field(3, _BYTES, b"brain.Event:2")))
    values = b"".join(_field(1, _BYTES, _scalar(tag, value)) for tag, value in scalars.items())
    content += _record(_event(_varint(2 << 3) + _varint(step) + _field(5, _BYTES, values)))
    with path.open("ab") as stream:
        stream.write(content)


def _event(rest: bytes) -> bytes:
    return _field(1, _DOUBLE, struct.pack("<d", time.time())) + rest


def _scalar(tag: str, value: float) -> bytes:
    return _field(1, _BYTES, tag.encode()) + _field(2, _FLOAT, struct.pack("<f", value))


def _field(number: int, wire: int, content: bytes) -> bytes:
    return _varint(number << 3 | wire) + (_varint(len(content)) if wire == _BYTES else b"") + content


def _varint(value: int) -> bytes:
    head = b""
    while value > 127:
        head += bytes([value & 127 | 128])
        value >>= 7
    return head + bytes([value])


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + _checksum(length) + content + _checksum(content)


def _checksum(content: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
