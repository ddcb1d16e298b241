"""Files with metadata, built byte by byte where a library would refuse to write what a test needs."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

from ml.evidence.subject import Subject
from ml.images import Limits
from ml.views import working_picture
from tests.pictures import picture

XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"


def subject_of(data: bytes) -> Subject:
    """The file as a quick signal meets it."""
    facts, image = working_picture(data, 224, Limits())
    return Subject(data, facts, image)


def png_with(image: Image.Image | None = None, **texts: str) -> bytes:
    notes = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        notes.add_text(keyword.replace("__", " ").replace("_dash_", "-"), text)
    stream = io.BytesIO()
    (image or picture(64, 48)).save(stream, "PNG", pnginfo=notes)
    return stream.getvalue()


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def with_png_chunk(data: bytes, kind: bytes, payload: bytes) -> bytes:
    """The chunk right after the header."""
    return data[:33] + png_chunk(kind, payload) + data[33:]


def jpeg_with(tags: dict[int, object] | None = None, detail: dict[int, object] | None = None, **options) -> bytes:
    """A JPEG with EXIF: `tags` of the main directory, `detail` of the one about the exposure."""
    block = Image.Exif()
    block.update(tags or {})
    if detail:
        block.get_ifd(0x8769).update(detail)
    stream = io.BytesIO()
    options.setdefault("image", picture(640, 480))
    options.pop("image").save(stream, "JPEG", exif=block, **{"quality": 90} | options)
    return stream.getvalue()


def with_segment(data: bytes, marker: int, payload: bytes) -> bytes:
    """The segment right after the start of a JPEG."""
    return data[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload + data[2:]


def xmp(**properties: str) -> bytes:
    """A packet of attributes; `prefix__name="value"`."""
    spaces = {
        "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
        "aux": "http://ns.adobe.com/exif/1.0/aux/",
    }
    declared = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in spaces.items())
    said = " ".join(f"{key.replace('__', ':')}='{value}'" for key, value in properties.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description {declared} {said}/></rdf:RDF></x:xmpmeta>"
    ).encode()


def with_xmp(data: bytes, packet: bytes) -> bytes:
    return with_segment(data, 0xE1, XMP_PREFIX + packet)


def exif_with_preview(tags: dict[int, str], preview: bytes) -> bytes:
    """An EXIF block of texts and a small JPEG, which Pillow reads but does not write."""
    values, count = b"", len(tags)
    start = 8 + 2 + 12 * count + 4
    main = struct.pack(">H", count)
    for tag, text in sorted(tags.items()):
        value = text.encode() + b"\0" * (5 - min(len(text), 4))
        main += struct.pack(">HHII", tag, 2, len(value), start + len(values))
        values += value
    second = start + len(values)
    pointers = struct.pack(">HHHIIHHIII", 2, 0x0201, 4, 1, second + 30, 0x0202, 4, 1, len(preview), 0)
    return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + main + struct.pack(">I", second) + values + pointers + preview


def with_preview(image: Image.Image, preview: Image.Image, **tags: str) -> bytes:
    """A JPEG of the one that carries a JPEG of the other, 160 by 120 pixels."""
    small, whole = io.BytesIO(), io.BytesIO()
    preview.resize((160, 120)).save(small, "JPEG", quality=85)
    image.save(whole, "JPEG", quality=92)
    named = {0x010F: tags.get("make", "Canon"), 0x0110: tags.get("model", "Canon EOS 5D")}
    return with_segment(whole.getvalue(), 0xE1, exif_with_preview(named, small.getvalue()))
