"""The links of the audit chain: what a digest covers, and what is wrong with a link. It knows no data base.

An event is a row here: a mapping of its fields as JSON knows them, `at` as text. So the chain is checked alike in the
table and in an exported copy.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

GENESIS = "0" * 64
FORM = 2  # of events that are written now
FIELDS = (
    "id", "at", "action", "actor", "target", "details", "request_id", "model", "form", "personal", "salt",
    "personal_digest", "previous", "digest",
)  # fmt: skip
# A field that is added later is covered by a new form; what earlier forms cover never changes.
_FIRST = ("id", "at", "action", "actor", "target", "details", "request_id", "personal_digest", "previous")
_COVERED = {1: _FIRST, 2: (*_FIRST, "model", "form")}

Row = Mapping[str, Any]

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Break:
    """The first link that does not hold: its position and one sentence."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Head:
    """What was signed once: so many events, the last with this digest, at this moment (audit_heads.py)."""

    events: int
    digest: str
    at: str


@dataclass(slots=True)
class Walk:
    """How far a chain was followed: the last event that held, its digest, and the last that a signed head confirms."""

    heads: Mapping[int, Head] = field(default_factory=dict)  # by their number of events
    position: int = 0
    digest: str = GENESIS
    confirmed: int = 0

    def along(self, rows: Iterable[Row]) -> Break | None:
        """Follow these rows; stops at the first break."""
        for row in rows:
            reason = fault(row, self.position + 1, self.digest) or self._against_the_signed(row)
            if reason:
                return Break(self.position + 1, reason)
            self.position, self.digest = row["id"], row["digest"]
        return None

    def short_of(self) -> Break | None:
        """Whether more events were signed than were met."""
        most = max(self.heads, default=0)
        if most <= self.position:
            return None
        reason = f"{most} events were signed on {self.heads[most].at}, and only {self.position} are here"
        return Break(self.position + 1, reason)

    def _against_the_signed(self, row: Row) -> str:
        head = self.heads.get(row["id"])
        if head is None:
            return ""
        if head.digest != row["digest"]:
            return f"on {head.at} another event was signed here: the history was rewritten after event {self.confirmed}"
        self.confirmed = row["id"]
        return ""


def digest_of(row: Row) -> str:
    """SHA-256 of the fields that the row's form covers, as canonical JSON."""
    return sha256({name: row[name] for name in _COVERED[row["form"]]})


def personal_digest_of(salt: str, personal: Mapping[str, Any]) -> str:
    """What the chain knows of a person: without the salt it cannot be guessed, and the salt is erased with them."""
    return sha256({"salt": salt, **personal})


def sha256(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(_encode(value).encode()).hexdigest()


def plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """The same as every data base gives it back: keys are text, and a whole number is written without an exponent."""
    read: dict[str, Any] = json.loads(json.dumps(details, allow_nan=False), parse_float=_number)
    return read


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if "e" in text and value.is_integer() else value


def fault(row: Row, position: int, previous: str) -> str:
    """What is wrong with the link at this position, or nothing."""
    if row["id"] != position:
        return f"event {position} is missing"
    if row["previous"] != previous:
        return "it does not follow the event before it"
    return fault_within(row)


def fault_within(row: Row) -> str:
    """What is wrong with an event by itself, or nothing."""
    if row["form"] not in _COVERED or row["digest"] != digest_of(row) or _adds_to_an_earlier_form(row):
        return "its content was changed"
    erased = not row["personal"] and not row["salt"]
    if not erased and row["personal_digest"] != personal_digest_of(row["salt"], row["personal"]):
        return "its name or address was changed"
    return ""


def _adds_to_an_earlier_form(row: Row) -> bool:
    """The first form covered no model; an event of that form that names one was given it later."""
    return bool(row["form"] == 1 and row["model"])
