"""An exported copy of the history, checked without a data base: its lines, its chain, its signed last line."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from accounts.audit_chain import FIELDS, Break, Head, Row, Walk, fault_within
from accounts.audit_seals import EXPORT, NotSealed, Seal, opened, unproved

_LONGEST_END = 10_000  # bytes; the signed line has a few hundred
_KINDS = {"id": int, "form": int, "details": dict, "personal": dict}  # every other field is text


@dataclass(slots=True)
class Copy:
    """What was found in an exported copy: how many events, what is wrong with it, what could not be checked."""

    events: int = 0
    complete: bool = True  # the whole history, and not what some filters left
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Unreadable(Exception):
    """A line that is no event."""


def verify(path: Path, *, heads: Mapping[int, Head], keys: Iterable[Ed25519PublicKey]) -> Copy:
    """Check a copy that was exported as JSON lines, in flat memory.

    Raises:
        OSError: the file cannot be read.
    """
    copy = Copy()
    with path.open("rb") as stream:
        end, length = _end_of(stream, path.stat().st_size)
        seal = _opened(end, list(keys), copy) if end else None
        copy.complete = seal is None or seal.get("complete") is not False
        digest, walk = hashlib.sha256(), Walk(heads)
        try:
            found = _follow(_rows(stream, length, digest, copy), walk, copy)
        except _Unreadable as error:
            found = Break(copy.events + 1, str(error))
    if found:
        copy.faults.append(f"Event {found.position}: {found.reason}.")
    elif seal is None and not copy.faults:
        copy.faults.append("The signed last line of the export is missing: what followed was cut off.")
    elif seal and (seal.get("sha256"), seal.get("events")) != (digest.hexdigest(), copy.events):
        copy.faults.append("This is not what was exported: lines were changed, added or taken out.")
    return copy


def _follow(rows: Iterator[Row], walk: Walk, copy: Copy) -> Break | None:
    """A complete copy is the chain from its first event; of a part every event is looked at by itself."""
    if copy.complete:
        return walk.along(rows) or walk.short_of()
    copy.notes.append("It holds what some filters left: each event was checked by itself.")
    before = 0
    for row in rows:
        if row["id"] <= before:
            return Break(row["id"], "it does not stand in its order")
        if reason := fault_within(row):
            return Break(row["id"], reason)
        before = row["id"]
    return None


def _end_of(stream: IO[bytes], size: int) -> tuple[str, int]:
    """The signed last line, or nothing, and the length of all before it."""
    start = stream.seek(max(size - _LONGEST_END, 0))
    tail = stream.read().rstrip(b"\n")
    last = tail[tail.rfind(b"\n") + 1 :]
    if EXPORT.encode() not in last or b'"previous"' in last:
        return "", size
    return last.decode(errors="replace"), start + tail.rfind(b"\n") + 1


def _opened(end: str, keys: list[Ed25519PublicKey], copy: Copy) -> Seal | None:
    try:
        if not keys:
            copy.notes.append("The signature of its last line was not checked: no key is here. Give it with --key.")
            return unproved(end)
        return opened(end, keys)
    except NotSealed as error:
        copy.faults.append(f"The last line of the export is not to be believed: {error}.")
        return None


def _rows(stream: IO[bytes], length: int, digest: "hashlib._Hash", copy: Copy) -> Iterator[Row]:
    stream.seek(0)
    left = length
    while left > 0 and (line := stream.readline()):
        digest.update(line)
        left -= len(line)
        yield _row(line)
        copy.events += 1


def _row(line: bytes) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        raise _Unreadable("its line cannot be read") from None
    if not isinstance(row, dict) or not all(isinstance(row.get(name), _KINDS.get(name, str)) for name in FIELDS):
        raise _Unreadable("its line is no event of this history")
    return row
