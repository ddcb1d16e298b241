"""The search by picture: one picture is decoded as an upload is, and forgotten; what it is looked for by remains."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from accounts import allowances, rates
from accounts.audit import Actor
from accounts.models import User
from accounts.roles import Someone
from detector import fingerprints, originals, similar
from detector.errors import refused
from detector.processor import turn
from ml.serve import InvalidImage


@dataclass(frozen=True, slots=True)
class Sought:
    """The digest of the file, and its fingerprint: None of a picture too plain to be recognised in a copy."""

    sha256: str
    bits: bytes | None

    @property
    def query(self) -> str:
        """The state of the history that finds it: copies by the fingerprint, else the same file alone."""
        return urlencode({"like": self.bits.hex()} if self.bits else {"sha256": self.sha256})


def ask(actor: Actor, *, person: User, data: bytes) -> Sought:
    """What to look for. Nothing is stored; a person may ask as often a minute as they may hand in.

    Raises:
        Refused: whatever is wrong with the file; limit_reached.
    """
    most = allowances.of_person(person, "uploads_per_minute") if actor.user else 0
    rates.of_act("picture_search", person, limit=most)
    try:
        with turn:
            return Sought(originals.digest(data), fingerprints.of_file(data))
    except InvalidImage as error:
        raise refused(error) from error


def found(sought: Sought, reader: Someone, base: str = "") -> dict[str, Any]:
    """The API's answer: `copies` that the reader may see, oldest first, and whether there are `more`."""
    like = sought.bits.hex() if sought.bits else None
    return {"sha256": sought.sha256, "like": like} | similar.answer_to(sought.sha256, sought.bits, reader, base)
