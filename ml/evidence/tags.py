"""Metadata of a file, read strictly from where its format puts it: EXIF, XMP, IPTC and text chunks.

Bytes outside those containers, above all whatever was appended after the picture, are never looked at.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ml.evidence import exif, iptc, items, xmp
from ml.evidence.exif import Exif
from ml.evidence.segments import Chunk, gif_comment, jpeg_header, png_chunks, riff_chunks
from ml.evidence.xmp import Properties
from ml.sentences import Sentence, say

_APP1, _APP13, _COMMENT = 0xE1, 0xED, 0xFE
_XMP_PREFIX, _IRB_PREFIX = b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")
_LONGEST_TEXT, _MOST_TEXTS = 1_000_000, 100
_XMP_KEY = "XML:com.adobe.xmp"
_PROFILE = re.compile(r"Raw profile type (\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of itself, each part empty where the file has none.

    `texts` are PNG text chunks by their keyword and comments of JPEG and GIF as "Comment". `problems` are sentences
    about parts that could not be read.
    """

    exif: Exif = field(default_factory=Exif)
    xmp: Properties = field(default_factory=dict)
    iptc: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Sentence, ...] = ()

    def first(self, *properties: str) -> str:
        """The first value of the first of these XMP properties that the file has, or ""."""
        return next((self.xmp[name][0] for name in properties if self.xmp.get(name)), "")

    def __bool__(self) -> bool:
        return bool(self.exif.tags or self.exif.gps or self.xmp or self.iptc or self.texts)


@dataclass(slots=True)
class _Blocks:
    """The raw containers, the first of each kind."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    texts: dict[str, str] = field(default_factory=dict)


def read(data: bytes, image_format: str) -> Tags:
    """The metadata of a file of one of `FORMATS`; empty for any other. Raises nothing."""
    gather = _GATHERERS.get(image_format)
    blocks = gather(data) if gather else _Blocks()
    problems: list[Sentence] = []
    read_exif = _exif(blocks.exif, problems)
    packet = blocks.xmp or _bytes(read_exif, "XMLPacket")
    stream = blocks.iptc or _bytes(read_exif, "IPTC")
    resources = iptc.resources(_bytes(read_exif, "ImageResources"))
    return Tags(
        exif=read_exif,
        xmp=_xmp(packet, problems),
        iptc=iptc.parse(stream or resources.get(iptc.IPTC, b"")),
        texts=blocks.texts,
        problems=tuple(problems),
    )


def _exif(block: bytes, problems: list[Sentence]) -> Exif:
    try:
        found = exif.parse(block) if block else Exif()
    except exif.Damaged:
        problems.append(say("The EXIF block of this file is damaged and cannot be read."))
        return Exif()
    if found.damaged:
        problems.append(say("A part of the EXIF block of this file is damaged."))
    return found


def _xmp(packet: bytes, problems: list[Sentence]) -> Properties:
    try:
        found = xmp.parse(packet) if packet else {}
    except xmp.Refused as refused:
        problems.append(refused.reason)
        return {}
    if found.pop("damaged", None):
        problems.append(say("The XMP packet of this file is damaged."))
    return found


def _bytes(found: Exif, name: str) -> bytes:
    """A tag of a TIFF that holds a block of its own."""
    value = found.tags.get(name, b"")
    return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else b""


def _of_jpeg(data: bytes) -> _Blocks:
    blocks = _Blocks()
    for segment in jpeg_header(data):
        if segment.marker == _APP1 and segment.data.startswith(b"Exif\0\0"):
            blocks.exif = blocks.exif or segment.data
        elif segment.marker == _APP1 and segment.data.startswith(_XMP_PREFIX):
            blocks.xmp = blocks.xmp or segment.data.removeprefix(_XMP_PREFIX)
        elif segment.marker == _APP13 and segment.data.startswith(_IRB_PREFIX):
            blocks.iptc = blocks.iptc or iptc.resources(segment.data).get(iptc.IPTC, b"")
        elif segment.marker == _COMMENT:
            blocks.texts.setdefault("Comment", _decoded(segment.data))
    return blocks


def _of_png(data: bytes) -> _Blocks:
    blocks = _Blocks()
    for chunk in png_chunks(data):
        if chunk.kind == b"eXIf":
            blocks.exif = blocks.exif or _payload(data, chunk)
        elif chunk.kind in _TEXT_KINDS and len(blocks.texts) < _MOST_TEXTS:
            keyword, text = png_text(chunk.kind, _payload(data, chunk))
            blocks.texts.setdefault(keyword, text)
    blocks.xmp = blocks.texts.pop(_XMP_KEY, "").encode()
    for keyword in [key for key in blocks.texts if _PROFILE.match(key)]:
        _take_profile(blocks, keyword)
    return blocks


def _of_webp(data: bytes) -> _Blocks:
    blocks = _Blocks()
    for chunk in riff_chunks(data):
        if chunk.kind == b"EXIF":
            blocks.exif = blocks.exif or _payload(data, chunk)
        elif chunk.kind == b"XMP ":
            blocks.xmp = blocks.xmp or _payload(data, chunk)
    return blocks


def _of_tiff(data: bytes) -> _Blocks:
    """The whole file is the block; a BigTIFF, which no camera writes, has tags that are not read."""
    return _Blocks(exif=b"" if b"+" in data[2:4] else data)


def _of_boxes(data: bytes) -> _Blocks:
    found = items.metadata(data)
    return _Blocks(exif=found.exif, xmp=found.xmp)


def _of_gif(data: bytes) -> _Blocks:
    note = gif_comment(data)
    return _Blocks(texts={"Comment": _decoded(note)} if note else {})


_GATHERERS: dict[str, Callable[[bytes], _Blocks]] = {
    "JPEG": _of_jpeg,
    "PNG": _of_png,
    "WEBP": _of_webp,
    "TIFF": _of_tiff,
    "HEIF": _of_boxes,
    "AVIF": _of_boxes,
    "GIF": _of_gif,
}
FORMATS = tuple(_GATHERERS)


def png_text(kind: bytes, payload: bytes) -> tuple[str, str]:
    """Keyword and text of a text chunk, unpacked to a million bytes at most; what cannot be unpacked is ""."""
    keyword, _, rest = payload.partition(b"\0")
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt":
        packed, rest = rest[:1] == b"\x01", rest[2:].split(b"\0", 2)[-1]
        rest = _inflated(rest) if packed else rest
    return _decoded(keyword[:79]), _decoded(rest)


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _LONGEST_TEXT)
    except zlib.error:
        return b""


def _take_profile(blocks: _Blocks, keyword: str) -> None:
    """ImageMagick keeps metadata of other formats in text chunks: a name, a length, then hexadecimal digits."""
    kind, text = _PROFILE.match(keyword)[1].lower(), blocks.texts.pop(keyword)  # type: ignore[index]
    try:
        block = bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return
    if block.startswith(_XMP_PREFIX) or kind == "xmp":
        blocks.xmp = blocks.xmp or block.removeprefix(_XMP_PREFIX)
    elif kind in ("exif", "app1"):
        blocks.exif = blocks.exif or block
    elif kind in ("iptc", "8bim"):
        blocks.iptc = blocks.iptc or iptc.resources(block).get(iptc.IPTC, b"")


def _payload(data: bytes, chunk: Chunk) -> bytes:
    return data[chunk.offset : chunk.offset + chunk.length]


def _decoded(text: bytes) -> str:
    """Chunks should be Latin-1 and segments anything; most programs write UTF-8."""
    text = text[:_LONGEST_TEXT]
    try:
        return exif.clean(text.decode("utf-8"))
    except UnicodeDecodeError:
        return exif.clean(text.decode("latin-1"))
