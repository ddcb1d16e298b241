"""Two uploads side by side: how near their pictures are, what they share, and how file, metadata and verdict differ."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from detector import originals, similar
from detector.errors import Refused, refused
from detector.limits import limits
from detector.models import Original, Upload
from detector.report import Report
from ml import serve
from ml.serve import InvalidImage, Overlay, fingerprint

PARTS = {"difference": "image/png", "marked": "image/jpeg", "aligned": "image/jpeg"}
FILE = "file"  # the group of lines that every upload has
_EDGE = 1024
_KEPT = 4  # overlays of about a megabyte that a process keeps, since a page asks for several parts of one
_METADATA = ("provenance", "ai_metadata", "camera", "structure")
_turn = threading.BoundedSemaphore(1)  # two pictures are decoded for each: not the verdicts' turn, and one at a time


@dataclass(frozen=True, slots=True)
class Kinship:
    """How near two pictures are. `kind` is same_file, copy, mirrored, related, other or unknown.

    `distance` are bits of `bits` that differ, None where one has no fingerprint. "related" have parts in common though
    their fingerprints differ, as a far crop has.
    """

    kind: str
    distance: int | None
    bits: int = fingerprint.BITS
    near: int = fingerprint.NEAR


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that both have, as each has it; None where one has it not."""

    group: str
    name: str
    one: Any
    other: Any

    @property
    def differs(self) -> bool:
        return bool(self.one != self.other)


def overlay(one: Upload, other: Upload) -> Overlay:
    """The second picture laid over the first.

    Raises:
        Refused: a stored file is gone, or larger than the limits are now.
    """
    return _overlay(one.original, other.original)


def kinship(one: Upload, other: Upload, laid: Overlay) -> Kinship:
    apart = similar.distance(one, other)
    if one.original_id == other.original_id:
        return Kinship("same_file", 0)
    if apart and apart[0] <= fingerprint.NEAR:
        return Kinship("mirrored" if apart[1] else "copy", apart[0])
    kind = "related" if laid.related else "other" if apart else "unknown"
    return Kinship(kind, apart[0] if apart else None)


def lines(one: Report, other: Report) -> list[Line]:
    """What can be told apart without the pixels: the file, then metadata; of findings, what this reader is told."""
    names = ("name", "format", "width", "height", "bytes", "sha256")
    file = [Line(FILE, name, one["file"][name], other["file"][name]) for name in names]
    uploaded = Line(FILE, "uploaded", one["created_at"], other["created_at"])
    return [*file, uploaded, *(line for signal in _METADATA for line in _metadata(signal, one, other))]


def _metadata(signal: str, one: Report, other: Report) -> Iterator[Line]:
    first, second = _findings(one, signal), _findings(other, signal)
    if not first and not second:
        return
    yield Line(signal, "", _summary(first), _summary(second))
    for name in dict.fromkeys([*_details(first), *_details(second)]):
        line = Line(signal, name, _details(first).get(name), _details(second).get(name))
        if line.differs:
            yield line


def _findings(report: Report, signal: str) -> list[Mapping[str, Any]]:
    return [row for row in report["evidence"] if row["signal"] == signal]


def _summary(rows: list[Mapping[str, Any]]) -> str | None:
    return " ".join(row["summary"] for row in rows) or None


def _details(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for row in rows for name, value in _leaves(row["details"])}


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Objects in objects as one level: "camera make"."""
    if not isinstance(value, Mapping):
        yield name, value
        return
    for key, part in value.items():
        yield from _leaves(part, f"{name} {key}".strip())


@lru_cache(maxsize=_KEPT)
def _overlay(one: Original, other: Original) -> Overlay:
    """Kept by content, which rows are equal by; whether a reader may see it was asked before."""
    with _turn:
        return serve.lay_over(_decoded(one), _decoded(other))


def _decoded(original: Original) -> Any:
    try:
        return serve.decode(originals.read(original), limits(), at_least=_EDGE)
    except FileNotFoundError:
        raise Refused("not_found", _("One of the stored files is gone, so the pictures cannot be compared.")) from None
    except InvalidImage as error:  # the limits were lowered since it was taken in
        raise refused(error) from error
