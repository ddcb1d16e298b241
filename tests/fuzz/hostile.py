"""Files that mean no good, each kind made from a chance that can be drawn again."""

import random
import struct
import zlib
from collections.abc import Callable

from tests.fuzz import seeds
from tests.fuzz.seeds import any_of, saved
from tests.ml.files import png_chunk, with_png_chunk, with_segment, with_xmp
from tests.pictures import picture

Maker = Callable[[random.Random], bytes]
_EDGES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1", b"\1\0\0\0", b"\xff\xff")
_MAGIC = (
    b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\0\0\0WEBPVP8L", b"II*\0\x08\0\0\0", b"MM\0*",
    b"BM", b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", b"\0\0\0\x1cftypheic\0\0\0\0mif1heic", b"II+\0\x08\0\0\0",
)  # fmt: skip


def noise(chance: random.Random) -> bytes:
    """Random bytes, half of them behind the first bytes of a format."""
    return (chance.choice(_MAGIC) if chance.random() < 0.5 else b"") + chance.randbytes(chance.randint(0, 4_000))


def cut(chance: random.Random) -> bytes:
    data = any_of(chance)
    return data[: chance.randrange(len(data))]


def flipped(chance: random.Random) -> bytes:
    data = bytearray(any_of(chance))
    for _ in range(chance.choice((1, 1, 2, 5, 40))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def lied(chance: random.Random) -> bytes:
    """Numbers at the edge of what they can be, mostly in the head, where sizes stand."""
    data = bytearray(any_of(chance))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(min(len(data), chance.choice((64, 400, 1 << 20))))
        edge = chance.choice(_EDGES)
        data[at : at + len(edge)] = edge
    return bytes(data)


def swapped(chance: random.Random) -> bytes:
    """Pieces in another order, left out, twice, or of another file."""
    data, other = any_of(chance), any_of(chance)
    first, second, third, fourth = sorted(chance.randrange(len(data) + 1) for _ in range(4))
    parts = [data[:first], data[first:second], data[second:third], data[third:fourth], data[fourth:]]
    middle = [*parts[1:-1], other[: chance.randrange(len(other))]]
    chance.shuffle(middle)
    return b"".join([parts[0], *middle[: chance.randint(1, 4)], parts[-1]])


def chunks(chance: random.Random) -> bytes:
    """Whole chunks of a PNG with right checksums, in an order that none should have."""
    data = chance.choice([one for one in (*seeds.rich(), *seeds.odd()) if one.startswith(b"\x89PNG")])
    found, at = [], 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    kind, body = chance.choice(found)
    spoilt = bytearray(body or b"\0")
    spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    found.insert(chance.randrange(len(found) + 1), (kind, bytes(spoilt)))
    if chance.random() < 0.5:
        chance.shuffle(found)
    return data[:8] + b"".join(png_chunk(*one) for one in found)


def sizes(chance: random.Random) -> bytes:
    """Headers that promise another picture than follows."""
    wide, high = (chance.choice((0, 1, 7, 4_000, 20_000, 65_535, 0x7FFFFFFF)) for _ in range(2))
    kind = chance.choice(("PNG", "JPEG", "GIF", "BMP", "WEBP"))
    data = bytearray(seeds.plain()[kind])
    if kind == "PNG":
        data[16:24] = struct.pack(">II", wide, high)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif kind == "JPEG":
        at = data.find(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", high & 0xFFFF, wide & 0xFFFF)
    elif kind == "GIF":
        data[6:10] = struct.pack("<HH", wide & 0xFFFF, high & 0xFFFF)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", wide, chance.choice((high, -high)))
    else:
        data[4:8] = struct.pack("<I", wide)
    return bytes(data)


def bomb(chance: random.Random) -> bytes:
    """Little that becomes much: pixels, text, profiles, frames."""
    return chance.choice((_pixels, _pixels, _text, _profile, _frames, _strips))(chance)


def _pixels(chance: random.Random) -> bytes:
    wide, high = chance.choice(((6_900, 6_900), (60_000, 60_000), (40_000, 1), (1, 40_000), (30_000, 30_000)))
    rows = zlib.compress(bytes(min((wide // 8 + 2) * high, 8_000_000)), 1)
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def _text(chance: random.Random) -> bytes:
    packed = zlib.compress(b"A" * chance.choice((1_000, 900_000, 30_000_000)))
    kind, head = chance.choice(((b"zTXt", b"note\0\0"), (b"iTXt", b"note\0\1\0\0\0")))
    data = seeds.plain()["PNG"]
    for _ in range(chance.choice((1, 20, 120))):
        data = with_png_chunk(data, kind, head + packed)
    return data


def _profile(chance: random.Random) -> bytes:
    return with_png_chunk(seeds.plain()["PNG"], b"iCCP", b"icc\0\0" + zlib.compress(bytes(20_000_000)))


def _frames(chance: random.Random) -> bytes:
    data = seeds.plain()["GIF"]
    first = data.find(b",")
    return data[:first] + data[first:-1] * chance.choice((2, 300, 1_200)) + b";"


def _strips(chance: random.Random) -> bytes:
    """A TIFF whose packed strip grows far beyond what its header says."""
    packed = zlib.compress(bytes(20_000_000))
    entries = [
        (256, 4, 1, 5_000), (257, 4, 1, 5_000), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 122),
        (277, 3, 1, 1), (278, 4, 1, 5_000), (279, 4, 1, len(packed)),
    ]  # fmt: skip
    return _tiff(entries, 0) + packed


def tiff(chance: random.Random) -> bytes:
    """Directories that lead to themselves, to each other, out of the file, or hold what none should."""
    here = chance.choice((8, 0, 0xFFFFFFFF, 20))
    some = [(256, 4, 1, 9), (257, 4, 1, 9), (0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0x014A, 4, 2, 8), (273, 4, 1, 0)]
    more = [(chance.randrange(65_536), chance.randrange(14), chance.choice((0, 1, 2**32 - 1)), here) for _ in range(9)]
    block = _tiff(chance.sample(some + more, 9), here)
    way = chance.randrange(3)
    if way == 0:
        return block + chance.randbytes(200)
    if way == 1:
        return with_segment(seeds.plain()["JPEG"], 0xE1, b"Exif\0\0" + block)
    return with_png_chunk(seeds.plain()["PNG"], b"eXIf", block)


def _tiff(entries: list[tuple[int, int, int, int]], following: int) -> bytes:
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + rows + struct.pack("<I", following)


def blocks(chance: random.Random) -> bytes:
    """Much metadata, or such as readers fall for."""
    kind = chance.randrange(6)
    jpeg, png = seeds.plain()["JPEG"], seeds.plain()["PNG"]
    if kind == 0:
        names = "".join(f'<!ENTITY e{n} "&e{n - 1};&e{n - 1};">' for n in range(1, 30))
        return with_xmp(jpeg, f'<!DOCTYPE x [<!ENTITY e0 "x">{names}]><x>&e29;</x>'.encode())
    if kind == 1:
        return with_xmp(jpeg, b"<a>" * chance.choice((1_000, 20_000)))
    if kind == 2:
        return with_png_chunk(png, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"<a b='c'/>" * 300_000)
    if kind == 3:
        many = b"".join(b"\xff\xe2\xff\xffICC_PROFILE\0" + bytes((n, 60)) + bytes(65_519) for n in range(1, 60))
        return jpeg[:2] + many + jpeg[2:]
    if kind == 4:
        return with_png_chunk(png, b"caBX", b"\0\0\0\x28jumb\0\0\0\x20jumdc2pa" + chance.randbytes(400))
    return with_segment(jpeg, 0xEB, b"JP\0\x01\0\0\0\x01" + struct.pack(">I", 2**31) + b"jumb" + b"c2pa" * 99)


def polyglot(chance: random.Random) -> bytes:
    page, archive = b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
    tail = chance.choice(
        (page, archive, b"%PDF-1.7\n%%EOF", b"\x7fELF" + bytes(60), b"<?php phpinfo();", any_of(chance))
    )
    data = any_of(chance)
    return data + tail if chance.random() < 0.7 else tail + data


def foreign(chance: random.Random) -> bytes:
    """No image at all, whatever its name says."""
    return chance.choice((
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', b"%PDF-1.7\n1 0 obj\n<<>>\n%%EOF",
        b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (r) file", b"\x7fELF\2\1\1" + bytes(100), b"MZ" + bytes(200),
        b"#!/bin/sh\nid\n", b"push graphic-context\nfill 'url(https://127.0.0.1/)'", b"8BPS\0\1" + bytes(60),
        b"\0\0\1\0" + bytes(40), b"\x1f\x8b\x08" + bytes(40), b"P6 99999 99999 255\n", b"\xff\x0a" + bytes(30), b"",
    ))  # fmt: skip


def odd(chance: random.Random) -> bytes:
    """Sound files of unusual modes; they are taken."""
    return chance.choice(seeds.odd())


def thin(chance: random.Random) -> bytes:
    """Sound pictures of extreme shapes."""
    size = chance.choice(((1, 1), (1, 2), (2, 1), (3, 5_000), (9_000, 2), (1, 16_383), (8, 8), (65_000, 1)))
    form = chance.choice(("PNG", "JPEG", "TIFF", "BMP"))
    return saved(picture(max(size[0] // 100, 2), max(size[1] // 100, 2), chance.randrange(99)).resize(size), form)


def sound(chance: random.Random) -> bytes:
    return saved(picture(chance.randint(32, 200), chance.randint(32, 200), chance.randrange(1 << 30)), "JPEG")


KINDS: tuple[Maker, ...] = (
    noise, cut, cut, flipped, flipped, lied, lied, swapped, swapped, chunks, sizes, bomb, tiff, blocks, polyglot,
    foreign, odd, thin, sound,
)  # fmt: skip


def file(chance: random.Random) -> tuple[str, bytes]:
    """One of any kind, with the name of the kind."""
    kind = chance.choice(KINDS)
    return kind.__name__, kind(chance)
