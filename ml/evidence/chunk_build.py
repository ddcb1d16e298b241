"""How PNG, WebP, HEIF, AVIF and GIF files are built."""

import re
import zlib
from itertools import groupby
from typing import Any

from ml.evidence.exif import clean
from ml.evidence.segments import Chunk, boxes, png_chunks, riff_chunks

_MOST, _LONGEST_CHECKED = 60, 1_000_000
_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with transparency", 6: "RGB with transparency"}
_REGISTERED = re.compile(
    "IHDR|PLTE|IDAT|IEND|tRNS|cHRM|gAMA|iCCP|sBIT|sRGB|cICP|mDCV|cLLI|tEXt|zTXt|iTXt|bKGD|hIST|pHYs|sPLT|eXIf|tIME|"
    "acTL|fcTL|fdAT|oFFs|pCAL|sCAL|gIF[gtx]|sTER|dSIG|caBX|iDOT|vpAg"
)  # the last three: content credentials, Apple, ImageMagick
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_FLAGS = {0x20: "ICC profile", 0x10: "alpha", 0x08: "EXIF", 0x04: "XMP", 0x02: "animation"}


def png(data: bytes) -> tuple[str, dict[str, Any]]:
    """One clause in words, and the facts. Any bytes."""
    chunks = list(png_chunks(data))
    header = next((data[chunk.offset : chunk.offset + 13] for chunk in chunks if chunk.kind == b"IHDR"), b"")
    colour = _COLOURS.get(header[9], "unknown colour") if len(header) == 13 else "damaged"
    unknown = sorted({kind for kind in map(_kind, chunks) if not _REGISTERED.fullmatch(kind)})[:_MOST]
    faults = _faults(data, chunks)
    details: dict[str, Any] = {"colour": colour, "chunks": _in_order(map(_kind, chunks))}
    if len(header) == 13:
        details |= {"bits": header[8], "interlaced": bool(header[12])}
    texts = [_keyword(data, chunk) for chunk in chunks if chunk.kind in _TEXTS]
    for name, values in (("texts", texts[:_MOST]), ("unknown_chunks", unknown), ("faults", faults)):
        if values:
            details[name] = values
    odd = f" with chunks of no known kind ({', '.join(unknown[:3])})" if unknown else ""
    wrong = f", built against the rules ({faults[0]})" if faults else ""
    return f"a PNG, {colour}, {'interlaced' if details.get('interlaced') else 'not interlaced'}{odd}{wrong}", details


def _faults(data: bytes, chunks: list[Chunk]) -> list[str]:
    """Breaches of the order of chunks and of their checksums (PNG, third edition, 5.6)."""
    kinds = [chunk.kind for chunk in chunks]
    runs = [kind for kind, _ in groupby(kinds)]
    faults = {
        "the header is not first": kinds[:1] != [b"IHDR"],
        "the end is missing": kinds[-1:] != [b"IEND"],
        "the picture's data are in several places": runs.count(b"IDAT") > 1,
        "the palette follows the data": b"PLTE" in kinds and b"IDAT" in kinds[: kinds.index(b"PLTE")],
        "a checksum is wrong": any(not _sound(data, chunk) for chunk in chunks),
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


def webp(data: bytes) -> tuple[str, dict[str, Any]]:
    """One clause in words, and the facts. Any bytes."""
    chunks = list(riff_chunks(data))
    kinds = [chunk.kind for chunk in chunks]
    coding = "lossless" if b"VP8L" in kinds else "lossy" if b"VP8 " in kinds else "animated"
    details: dict[str, Any] = {"coding": coding, "chunks": _in_order(map(_kind, chunks))}
    if b"VP8X" in kinds and len(data) > chunks[kinds.index(b"VP8X")].offset:
        flags = data[chunks[kinds.index(b"VP8X")].offset]
        details["announces"] = [name for flag, name in _FLAGS.items() if flags & flag]
    return f"a {coding} WebP", details


def heif(data: bytes) -> tuple[str, dict[str, Any]]:
    """One clause in words, and the facts, of HEIF and AVIF. Any bytes."""
    chunks = list(boxes(data))
    end = min(chunks[0].offset + chunks[0].length, 8 + 4 * _MOST) if chunks else 0
    brands = [_letters(data[start : start + 4]) for start in range(8, end, 4)]
    details = {"brand": "".join(brands[:1]), "compatible": brands[2:], "boxes": _in_order(map(_kind, chunks))}
    kind = "an AVIF" if "avif" in brands or "avis" in brands else "a HEIF"
    return f"{kind} of brand {details['brand'] or 'unknown'}", details


def gif(data: bytes) -> tuple[str, dict[str, Any]]:
    """One clause in words, and the facts. Any bytes."""
    version = _letters(data[:6])
    return f"a GIF of version {version[3:]}", {"version": version}


def _kind(chunk: Chunk) -> str:
    return _letters(chunk.kind)


def _letters(code: bytes) -> str:
    """Four letters as text; what is no letter or digit, as in spoilt files, as a question mark."""
    return re.sub(r"[^0-9A-Za-z ]", "?", code.decode("latin-1"))


def _in_order(kinds: Any) -> list[str]:
    runs = ((kind, len(list(same))) for kind, same in groupby(kinds))
    return [kind if count == 1 else f"{kind} ×{count}" for kind, count in runs][:_MOST]
