"""ZIPs that mean no good."""

import io
import random
import struct
import zipfile

from tests.fuzz import hostile

_NAMES = (
    "a.jpg", "../../etc/passwd", "/etc/passwd", "C:\\x.jpg", "a\0b.jpg", "", ".", "..", "x" * 300 + ".jpg", "a/b/c.jpg",
    "__MACOSX/._a.jpg", "ａ\u202egpj.exe", "con.jpg", "a.jpg/", "..\\..\\a.jpg", "\r\nX: 1.jpg", "=cmd()|'x'!A1.jpg",
)  # fmt: skip


def archive(chance: random.Random) -> bytes:
    """One, sound or not, of a few hostile files under hostile names."""
    data = chance.choice((_packed, _packed, _bomb, _nested, _links, _many, _overlapping))(chance)
    return chance.choice((_as_it_is, _as_it_is, _flipped, _cut, _lied, _framed))(chance, data)


def _packed(chance: random.Random) -> bytes:
    files = [hostile.file(chance) for _ in range(chance.randint(0, 5))]
    return _zip([(chance.choice(_NAMES) or "x", data) for _, data in files], chance)


def _bomb(chance: random.Random) -> bytes:
    return _zip([("big.bmp", b"BM" + bytes(chance.choice((900_000, 30_000_000))))], chance)


def _nested(chance: random.Random) -> bytes:
    return _zip([("inner.zip", _packed(chance)), ("inner.jpg", _packed(chance))], chance)


def _links(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        info = zipfile.ZipInfo("link.jpg")
        info.external_attr = chance.choice((0o120777, 0o020666, 0o010666, 0o040755)) << 16
        made.writestr(info, "/etc/passwd")
    return stream.getvalue()


def _many(chance: random.Random) -> bytes:
    return _zip([(f"{n}.jpg", b"x") for n in range(chance.choice((3, 501)))], chance)


def _overlapping(chance: random.Random) -> bytes:
    """A list that names the same bytes again and again."""
    data = _zip([("a.bmp", b"BM" + bytes(500_000))], chance)
    start, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    entry, times = data[start:end], chance.choice((2, 20, 501))
    return (
        data[:start]
        + entry * times
        + struct.pack("<4s4xHHLLH", b"PK\x05\x06", times, times, len(entry) * times, start, 0)
    )


def _zip(files: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    stream, how = io.BytesIO(), chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(stream, "w", how) as made:
        for name, data in dict(files).items():
            made.writestr(zipfile.ZipInfo(name), data, how)
    return stream.getvalue()


def _as_it_is(chance: random.Random, data: bytes) -> bytes:
    return data


def _flipped(chance: random.Random, data: bytes) -> bytes:
    """Where archives say things: around the signatures of their entries and of their end."""
    spoilt = bytearray(data)
    for mark in (b"PK\x01\x02", b"PK\x05\x06", b"PK\x03\x04"):
        at = spoilt.find(mark) + chance.randrange(4, 46)
        if at < len(spoilt):
            spoilt[at] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
    return bytes(spoilt)


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def _lied(chance: random.Random, data: bytes) -> bytes:
    at = data.find(b"PK\x01\x02")
    size = struct.pack("<LL", chance.choice((0, 1, 2**31, 2**32 - 1)), chance.choice((0, 1, 2**32 - 2)))
    return data[: at + 20] + size + data[at + 28 :]


def _framed(chance: random.Random, data: bytes) -> bytes:
    """Something before and behind it."""
    return chance.randbytes(40) + data + chance.choice((b"", bytes(70_000), b"PK\x05\x06", b"PK\x06\x07" + bytes(40)))
