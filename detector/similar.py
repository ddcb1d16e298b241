"""Was this picture handed in before? The same file by its digest, a copy by its fingerprint, as far as one may see it.

What a reader may see is asked of the data base at each reading and never stored, so nobody learns of others' uploads
and nothing that was deleted comes back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from accounts.roles import Someone, owns
from detector import fingerprints, review
from detector.models import Label, PictureHash, State, Upload
from detector.queries import UploadQuerySet
from ml.serve import Sentence, fingerprint, say, say_many

SIGNAL = "similar"
LISTED, ANSWERED = 20, 200  # copies that a report names, and the API where it is asked for them alone
_CHUNK = 500  # proposals that are looked up at once

_NONE = say("No copy of this picture is among the uploads that you may see.")
_NO_PRINT = say("Only the same file was looked for, and not found: this picture has no fingerprint yet.")
_PLAIN = say("Only the same file was looked for, and not found: this picture is too plain to be recognised in a copy.")
_BEFORE = {
    "same_file": lambda **facts: say(
        "This same file was seen before on {day:date}; the verdict then: {verdict}.", **facts
    ),
    "copy": lambda **facts: say(
        "A copy of this picture was seen before on {day:date}; the verdict then: {verdict}.", **facts
    ),
    "mirrored": lambda **facts: say(
        "A mirrored copy of this picture was seen before on {day:date}; the verdict then: {verdict}.", **facts
    ),
}
_AGAIN = {
    "same_file": lambda **facts: say(
        "This same file was handed in again on {day:date}; the verdict then: {verdict}.", **facts
    ),
    "copy": lambda **facts: say(
        "A copy of this picture was handed in again on {day:date}; the verdict then: {verdict}.", **facts
    ),
    "mirrored": lambda **facts: say(
        "A mirrored copy of this picture was handed in again on {day:date}; the verdict then: {verdict}.", **facts
    ),
}


@dataclass(frozen=True, slots=True)
class Copy:
    """An upload of the same picture. `kind` is same_file, copy or mirrored; `distance` are bits of 256 that differ."""

    upload: Upload
    kind: str
    distance: int


def copies_of(upload: Upload, reader: Someone, at_most: int = LISTED) -> list[Copy]:
    """Other uploads of this picture that the reader may see, oldest first; of too many, the same file and the nearest.

    `at_most` is a bound on what is read, so the caller who wants to know whether there are more asks for one more.
    """
    return _copies(upload, _print_of(upload), reader, at_most)


def _print_of(upload: Upload) -> PictureHash | None:
    found: PictureHash | None = getattr(upload.original, "fingerprint", None)
    return found


def _copies(upload: Upload, kept: PictureHash | None, reader: Someone, at_most: int) -> list[Copy]:
    visible = Upload.objects.visible_to(reader).exclude(pk=upload.pk).with_outcomes()
    bits, own = (bytes(kept.bits), kept.pk) if kept and kept.bits else (None, None)
    return _found(upload.original_id, bits, visible, at_most, own)


def like(bits: bytes, rows: UploadQuerySet, at_most: int = ANSWERED) -> list[UUID]:
    """The ids of those rows that show this picture, the nearest, at most so many."""
    found: list[UUID] = []
    for proposed in _proposed(bits):
        near, left = _distances(proposed, bits), at_most - len(found)
        there = rows.filter(original_id__in=near).order_by().values_list("original_id", flat=True).distinct()
        nearest = sorted(there, key=lambda sha256: near[sha256][0])[:left]
        found += rows.filter(original_id__in=nearest).order_by("created_at").values_list("pk", flat=True)[:left]
        if len(found) >= at_most:
            break
    return found


def _found(
    sha256: str, bits: bytes | None, visible: UploadQuerySet, at_most: int, own: int | None = None
) -> list[Copy]:
    """`own`: the row of this very picture's fingerprint, which need not be looked up again."""
    same = visible.filter(original_id=sha256).order_by("created_at")[:at_most]
    found = [Copy(row, "same_file", 0) for row in same]
    for near in _near(bits, visible.exclude(original_id=sha256), at_most, own) if bits else ():
        if len(found) >= at_most:
            break
        found.append(near)
    return sorted(found, key=lambda copy: copy.upload.created_at)


def row_of(upload: Upload, reader: Someone, base: str = "") -> dict[str, Any]:
    """The ledger's row of what was seen before, for this reader; `base` makes its addresses absolute."""
    kept = _print_of(upload)
    found = _copies(upload, kept, reader, LISTED + 1)
    shown: dict[str, Any] = {"signal": SIGNAL, "stance": "silent", "summary": _NONE, "details": {}, "picture": None}
    if found:
        return shown | {"summary": _summary(upload, found), "details": _told(upload, found, LISTED, reader, base)}
    if kept is None or kept.bits is None:
        return shown | {"stance": "not_run", "summary": _PLAIN if kept else _NO_PRINT}
    return shown


def answer_of(upload: Upload, reader: Someone, base: str = "") -> dict[str, Any]:
    """The API's list: `copies`, and whether there are `more`."""
    return _told(upload, copies_of(upload, reader, ANSWERED + 1), ANSWERED, reader, base)


def answer_to(sha256: str, bits: bytes | None, reader: Someone, base: str = "") -> dict[str, Any]:
    """The same for a picture that is no upload: by the digest of its file and by its fingerprint."""
    found = _found(sha256, bits, Upload.objects.visible_to(reader).with_outcomes(), ANSWERED + 1)
    return {"copies": [_copy(one, reader, base) for one in found[:ANSWERED]], "more": len(found) > ANSWERED}


def _told(upload: Upload, found: list[Copy], at_most: int, reader: Someone, base: str) -> dict[str, Any]:
    copies = [_copy(one, reader, base) | {"compare": base + address_of(upload, one.upload)} for one in found[:at_most]]
    return {"copies": copies, "more": len(found) > at_most}


def _copy(copy: Copy, reader: Someone, base: str) -> dict[str, Any]:
    other = copy.upload
    return {
        "id": str(other.pk),
        "kind": copy.kind,
        "distance": copy.distance,
        "name": other.name,
        "owner": None if owns(reader, other) else other.owner.get_username(),
        "created_at": other.created_at.isoformat(),
        "verdict": review.shown_label(other),
        "page": base + reverse("detector:verdict", args=[other.pk]),
    }


def address_of(one: Upload, other: Upload, part: str = "") -> str:
    """Where the two are compared, or where a picture of the comparison is."""
    path = reverse("detector:compare_part", args=[part]) if part else reverse("detector:compare")
    return f"{path}?{urlencode({'a': str(one.pk), 'b': str(other.pk)})}"


def distance(one: Upload, other: Upload) -> tuple[int, bool] | None:
    """Bits of 256 in which two fingerprints differ, and whether one is of a mirrored picture; None where one lacks."""
    if one.original_id == other.original_id:
        return 0, False
    rows = PictureHash.objects.filter(original__in=[one.original_id, other.original_id], bits__isnull=False)
    bits = [bytes(row.bits) for row in rows if row.bits]
    return fingerprint.distance(*bits) if len(bits) == 2 else None


def _near(bits: bytes, visible: UploadQuerySet, at_most: int, own: int | None) -> Iterator[Copy]:
    """Copies by their fingerprint, nearest first; at most so many of each look-up."""
    for proposed in _proposed(bits, own):
        yield from _looked_up(proposed, bits, visible, at_most)


def _proposed(bits: bytes, own: int | None = None) -> Iterator[list[int]]:
    """Rows of fingerprints that memory holds for near, nearest first, so many as are looked up at once."""
    proposed = [row.id for row in fingerprints.near(bits) if row.id != own]
    for start in range(0, len(proposed), _CHUNK):
        yield proposed[start : start + _CHUNK]


def _distances(proposed: list[int], bits: bytes) -> dict[str, tuple[int, bool]]:
    """Of the proposed ones that exist and are near by what the data base says of them: bits apart, and if mirrored."""
    rows = PictureHash.objects.filter(pk__in=proposed, bits__isnull=False).values_list("original_id", "bits")
    apart = {sha256: fingerprint.distance(bits, bytes(other)) for sha256, other in rows if other}
    return {sha256: found for sha256, found in apart.items() if found[0] <= fingerprint.NEAR}


def _looked_up(proposed: list[int], bits: bytes, visible: UploadQuerySet, at_most: int) -> Iterator[Copy]:
    near = _distances(proposed, bits)
    uploads = visible.filter(original_id__in=near).order_by("created_at")[:at_most]
    for row in sorted(uploads, key=lambda row: near[row.original_id][0]):
        bits_apart, mirrored = near[row.original_id]
        yield Copy(row, "mirrored" if mirrored else "copy", bits_apart)


def _summary(upload: Upload, found: list[Copy]) -> Sentence:
    first = found[0]
    seen = _BEFORE if first.upload.created_at < upload.created_at else _AGAIN
    day = timezone.localtime(first.upload.created_at).date().isoformat()
    told = seen[first.kind](day=day, verdict=_verdict(first.upload))
    return say("{first} {others}", first=told, others=_others(len(found) - 1)) if len(found) > 1 else told


def _others(count: int) -> Sentence:
    if count >= LISTED:
        return say("More than {count} further copies are known.", count=LISTED - 1)
    return say_many("One further copy is known.", "{count} further copies are known.", count=count)


def _verdict(upload: Upload) -> Sentence:
    latest, label = upload.latest, review.shown_label(upload)
    if label is None and latest and latest.state == State.FAILED:
        return say("none, the analysis failed")
    return review.SAID[Label(label)] if label else say("not yet given")
