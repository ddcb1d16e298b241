"""How a JPEG is built: tables, sampling, coding, markers and the notes of encoders."""

from itertools import groupby
from typing import Any

from ml.evidence import exif, iptc, quantisation
from ml.evidence.segments import SOS, Segment, jpeg_segments
from ml.sentences import Sentence, say

_NAMES = {0xC0: "SOF0", 0xC1: "SOF1", 0xC2: "SOF2", 0xC4: "DHT", 0xD9: "EOI", 0xDA: "SOS", 0xDB: "DQT", 0xDD: "DRI",
          0xFE: "COM"}  # fmt: skip
_FRAMES = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless", 0xC9: "arithmetic",
           0xCA: "progressive arithmetic"}  # fmt: skip
_KINDS = {
    "baseline": say("a baseline JPEG"),
    "extended": say("an extended JPEG"),
    "progressive": say("a progressive JPEG"),
    "lossless": say("a lossless JPEG"),
    "arithmetic": say("an arithmetic JPEG"),
    "progressive arithmetic": say("a progressive arithmetic JPEG"),
    "damaged": say("a damaged JPEG"),
}
# Application segments by the letters that they begin with.
_OWNERS = {
    b"JFIF": "JFIF", b"JFXX": "JFIF", b"Exif": "Exif", b"http://ns.adobe.com/xap/": "XMP",
    b"http://ns.adobe.com/xmp/extension": "XMP", b"ICC_PROFILE": "ICC", b"MPF": "MPF", b"Photoshop 3.0": "Photoshop",
    b"Ducky": "Ducky", b"Adobe": "Adobe", b"JP": "C2PA", b"urn:iso:std:iso:ts:21496": "gain map",
}  # fmt: skip
_SAMPLING = {
    (1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1", (4, 2): "4:1:0",
}  # fmt: skip
_APP1, _APP12, _APP13, _APP14, _DRI = 0xE1, 0xEC, 0xED, 0xEE, 0xDD
_MOST_MARKERS = 60


def build(data: bytes) -> tuple[Sentence, dict[str, Any]]:
    """One clause in words, and the facts as JSON values. Any bytes; what is cut off is left out."""
    segments = list(jpeg_segments(data))
    found = quantisation.tables(segments)
    known = quantisation.family(found)
    details: dict[str, Any] = {
        "tables": _tables(known, found=bool(found)),
        **_frame(segments),
        "scans": sum(segment.marker == SOS for segment in segments),
        **_notes(segments),
        "markers": _markers(segments),
    }
    return _in_words(known, details), details


def _tables(known: quantisation.Family | None, *, found: bool) -> Sentence:
    if known:
        return say("{name}, quality {quality}", name=known.name, quality=known.quality)
    return say("unknown") if found else say("none")


def _in_words(known: quantisation.Family | None, details: dict[str, Any]) -> Sentence:
    tables = say("tables of no known encoder, as cameras and Photoshop have")
    if known and known.name == "standard":
        tables = say("the standard tables at quality {quality}", quality=known.quality)
    elif known:
        tables = say("mozjpeg's tables at quality {quality}", quality=known.quality)
    return say(
        "{kind} with {tables}{sampling}{by}",
        kind=_KINDS[details.get("coding", "damaged")],
        tables=tables,
        sampling=say(", colour {sampling}", sampling=details["sampling"]) if "sampling" in details else "",
        by=say(", saved by {program}", program=details["saved_by"]) if "saved_by" in details else "",
    )


def _frame(segments: list[Segment]) -> dict[str, str]:
    """Coding and chroma sampling from the frame header (ITU-T T.81, B.2.2)."""
    frame = next((segment for segment in segments if segment.marker in _FRAMES), None)
    if frame is None or len(frame.data) < 9:
        return {}
    details = {"coding": _FRAMES[frame.marker]}
    steps = [(byte >> 4, byte & 15) for byte in frame.data[7::3][: frame.data[5]]]
    if len(steps) == 3:
        plain = steps[1] == steps[2] == (1, 1)
        details["sampling"] = _SAMPLING.get(steps[0], "") if plain else ""
        details["sampling"] = details["sampling"] or " ".join(f"{across}x{down}" for across, down in steps)
    return details


def _notes(segments: list[Segment]) -> dict[str, Any]:
    """What encoders write about themselves."""
    details: dict[str, Any] = {}
    for segment in segments:
        if segment.marker == _DRI:
            details["restart_interval"] = int.from_bytes(segment.data[:2], "big")
        elif segment.marker == _APP1 and segment.data.startswith(b"Exif\0\0"):
            details["preview"] = _has_preview(segment.data)
        elif segment.marker == _APP14 and segment.data.startswith(b"Adobe") and len(segment.data) >= 12:
            details["adobe_transform"] = segment.data[11]
        elif segment.marker == _APP12 and segment.data.startswith(b"Ducky\0\1\0\4"):
            quality = int.from_bytes(segment.data[9:13], "big")
            details["saved_by"] = say("Photoshop for the web, quality {quality}", quality=min(quality, 100))
        elif segment.marker == _APP13:
            level = iptc.resources(segment.data).get(iptc.QUALITY, b"")[:2]
            if len(level) == 2:
                number = int.from_bytes(level, "big", signed=True) + 4
                details["saved_by"] = say("Photoshop, level {level} of 12", level=number)
    return details


def _has_preview(block: bytes) -> bool:
    try:
        return bool(exif.parse(block).thumbnail)
    except exif.Damaged:
        return False


def _markers(segments: list[Segment]) -> list[str]:
    """Markers in order, each named, repeated ones once with their number."""
    named = ((name, len(list(same))) for name, same in groupby(_name(segment) for segment in segments))
    return [name if count == 1 else f"{name} ×{count}" for name, count in named][:_MOST_MARKERS]


def _name(segment: Segment) -> str:
    if 0xE0 <= segment.marker <= 0xEF:
        owner = next((name for start, name in _OWNERS.items() if segment.data.startswith(start)), "")
        return f"APP{segment.marker - 0xE0} {owner}".strip()
    return _NAMES.get(segment.marker, f"{segment.marker:02X}")
