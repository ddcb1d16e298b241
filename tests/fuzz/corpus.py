"""What each harness begins with: sound inputs of its kind, from which spoilt ones are made."""

import io
import random
import zipfile
from functools import cache

from tests.fuzz import hostile, seeds
from tests.ml.files import exif_with_preview, xmp
from tests.pictures import image_bytes

_ROWS = (
    b'path,label,group\na.jpg,authentic,1\n"b,c.jpg",ai_generated,2\n',
    b'{"path": "a.jpg", "label": "authentic", "mask": "m.png"}\n{"path": "b.jpg", "label": "manipulated"}\n',
    b"id,label_str,path\n1,real,a.jpg\n2,fake,b.jpg\n",
)


@cache
def of(harness: str) -> tuple[bytes, ...]:
    if harness == "lists":
        return _ROWS
    if harness == "archives":
        return (_zip(zipfile.ZIP_STORED), _zip(zipfile.ZIP_DEFLATED), _zip(zipfile.ZIP_DEFLATED, b"comment"))
    if harness == "blocks":
        return (*_blocks(), *seeds.rich())
    return (*seeds.plain().values(), *seeds.rich(), *seeds.odd())


def drawn(harness: str, chance: random.Random) -> bytes:
    """One that is spoilt: a few bytes of a sound one, or for readers of images any hostile file."""
    if harness not in ("lists", "archives", "blocks") and chance.random() < 0.5:
        return hostile.file(chance)[1]
    data = bytearray(chance.choice(of(harness)))
    for _ in range(chance.randint(0, 8)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.choice((0, 1, 1, 2, 4))] = chance.randbytes(chance.choice((0, 1, 1, 2, 4)))
    return bytes(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.1 else data)


def _blocks() -> tuple[bytes, ...]:
    return (
        exif_with_preview({0x010F: "Maker", 0x0131: "Photoshop"}, image_bytes("JPEG", 32, 24)),
        xmp(xmp__CreatorTool="Firefly", Iptc4xmpExt__DigitalSourceType="x"),
        b"\x1c\x02\x50\0\x03Ann\x1c\x02\x78\0\x04note",
        b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ann",
    )


def _zip(how: int, comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as made:
        made.comment = comment
        for name, data in (("a.jpg", image_bytes("JPEG", 32, 24)), ("b/c.png", bytes(5_000)), ("b/", b"")):
            made.writestr(zipfile.ZipInfo(name), data, how)
    return stream.getvalue()
