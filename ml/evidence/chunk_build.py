"""How PNG, WebP, HEIF, AVIF and GIF files are built."""

import re
import zlib
from itertools import groupby
from typing import Any

from ml.evidence.exif import clean
from ml.evidence.segments import Chunk, boxes, png_chunks, riff_chunks
from ml.sentences import Sentence, say

_MOST, _LONGEST_CHECKED = 60, 1_000_000
_COLOURS = {
    0: say("grey"),
    2: say("RGB"),
    3: say("palette"),
    4: say("grey with transparency"),
    6: say("RGB with transparency"),
}
_REGISTERED = re.compile(
    "IHDR|PLTE|IDAT|IEND|tRNS|cHRM|gAMA|iCCP|sBIT|sRGB|cICP|mDCV|cLLI|tEXt|zTXt|iTXt|bKGD|hIST|pHYs|sPLT|eXIf|tIME|"
    "acTL|fcTL|fdAT|oFFs|pCAL|sCAL|gIF[gtx]|sTER|dSIG|caBX|iDOT|vpAg"
)  # the last three: content credentials, Apple, ImageMagick
_WEBP = {
    "lossless": say("a lossless WebP"),
    "lossy": say("a lossy WebP"),
    "animated": say("an animated WebP"),
}
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_FLAGS = {0x20: "ICC profile", 0x10: "alpha", 0x08: "EXIF", 0x04: "XMP", 0x02: "animation"}


def png(data: bytes) -> tuple[Sentence, dict[str, Any]]:
    """One clause in words, and the facts. Any bytes."""
    chunks = list(png_chunks(data))
    header = next((data[chunk.offset : chunk.offset + 13] for chunk in chunks if chunk.kind == b"IHDR"), b"")
    colour = _COLOURS.get(header[9], say("unknown colour")) if len(header) == 13 else say("damaged")
    unknown = sorted({kind for kind in map(_kind, chunks) if not _REGISTERED.fullmatch(kind)})[:_MOST]
    faults = _faults(data, chunks)
    details: dict[str, Any] = {"colour": colour, "chunks": _in_order(map(_kind, chunks))}
    if len(header) == 13:
        details |= {"bits": header[8], "interlaced": bool(header[12])}
    texts = [_keyword(data, chunk) for chunk in chunks if chunk.kind in _TEXTS]
    for name, values in (("texts", texts[:_MOST]), ("unknown_chunks", unknown), ("faults", faults)):
        if values:
            details[name] = values
    return _png_in_words(colour, unknown, faults, interlaced=bool(details.get("interlaced"))), details


def _png_in_words(colour: Sentence, unknown: list[str], faults: list[Sentence], *, interlaced: bool) -> Sentence:
    return say(
        "a PNG, {colour}, {lines}{odd}{wrong}",
        colour=colour,
        lines=say("interlaced") if interlaced else say("not interlaced"),
        odd=say(" with chunks of no known kind ({kinds:,})", kinds=unknown[:3]) if unknown else "",
        wrong=say(", built against the rules ({fault})", fault=faults[0]) if faults else "",
    )


def _faults(data: bytes, chunks: list[Chunk]) -> list[Sentence]:
    """Breaches of the order of chunks and of their checksums (PNG, third edition, 5.6)."""
    kinds = [chunk.kind for chunk in chunks]
    runs = [kind for kind, _ in groupby(kinds)]
    faults = {
        say("the header is not first"): kinds[:1] != [b"IHDR"],
        say("the end is missing"): kinds[-1:] != [b"IEND"],
        say("the picture's data are in several places"): runs.count(b"IDAT") > 1,
        say("the palette follows the data"): b"PLTE" in kinds and b"IDAT" in kinds[: kinds.index(b"PLTE")],
        say("a checksum is wrong"): any(not _sound(data, chunk) for chunk in chunks),
    }
    return [words for words, wrong in faults.items() if wrong]


def _sound(data: bytes, chunk: Chunk) -> bool:
    """Whether the checksum fits; not asked of the picture's own data, which the decoder checks."""
    if chunk.kind == b"IDAT" or chunk.length > _LONGEST_CHECKED:
        return True
    end = chunk.offset + chunk.length
    return zlib.crc32(data[chunk.offset - 4 : end]) == int.from_bytes(data[end : end + 4], "big")


def _keyword(data: bytes, chunk: Chunk) -> str:
    keyword = data[chunk.offset : chunk.offset + min(chunk.length, 79)].split(b"\0")[0]
    return clean(keyword.decode("latin-1"))


def webp(data: bytes) -> tuple[Sentence, dict[str, Any]]:
    """One clause in words, and the facts. Any bytes."""
    chunks = list(riff_chunks(data))
    kinds = [chunk.kind for chunk in chunks]
    coding = "lossless" if b"VP8L" in kinds else "lossy" if b"VP8 " in kinds else "animated"
    details: dict[str, Any] = {"coding": coding, "chunks": _in_order(map(_kind, chunks))}
    if b"VP8X" in kinds and len(data) > chunks[kinds.index(b"VP8X")].offset:
        flags = data[chunks[kinds.index(b"VP8X")].offset]
        details["announces"] = [name for flag, name in _FLAGS.items() if flags & flag]
    return _WEBP[coding], details


def heif(data: bytes) -> tuple[Sentence, dict[str, Any]]:
    """One clause in words, and the facts, of HEIF and AVIF. Any bytes."""
    chunks = list(boxes(data))
    end = min(chunks[0].offset + chunks[0].length, 8 + 4 * _MOST) if chunks else 0
    brands = [_letters(data[start : start + 4]) for start in range(8, end, 4)]
    details = {"brand": "".join(brands[:1]), "compatible": brands[2:], "boxes": _in_order(map(_kind, chunks))}
    brand = details["brand"] or say("unknown")
    if "avif" in brands or "avis" in brands:
        return say("an AVIF of brand {brand}", brand=brand), details
    return say("a HEIF of brand {brand}", brand=brand), details


def gif(data: bytes) -> tuple[Sentence, dict[str, Any]]:
    """One clause in words, and the facts. Any bytes."""
    version = _letters(data[:6])
    return say("a GIF of version {version}", version=version[3:]), {"version": version}


def _kind(chunk: Chunk) -> str:
    return _letters(chunk.kind)


def _letters(code: bytes) -> str:
    """Four letters as text; what is no letter or digit, as in spoilt files, as a question mark."""
    return re.sub(r"[^0-9A-Za-z ]", "?", code.decode("latin-1"))


def _in_order(kinds: Any) -> list[str]:
    runs = ((kind, len(list(same))) for kind, same in groupby(kinds))
    return [kind if count == 1 else f"{kind} ×{count}" for kind, count in runs][:_MOST]
