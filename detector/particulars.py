"""What is said of an upload when it is handed in: kept with it in the same transaction, or not at all."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from accounts.audit import Actor
from detector import case_items, happenings, tags
from detector.errors import Refused
from detector.models import Case, Upload

LONGEST_ID = Upload._meta.get_field("external_id").max_length or 0


@dataclass(frozen=True, slots=True)
class Particulars:
    """All may be left out. `settle` is called with the upload at the end: the key of a request that is done once."""

    external_id: str = ""
    tags: tuple[str, ...] = ()
    case: Case | None = None
    callback_url: str = ""
    settle: Callable[[Upload], None] | None = None


NONE = Particulars()


def checked_id(text: str) -> str:
    """An id that another program gave: normalised, nothing that cannot be seen.

    Raises:
        Refused: invalid_external_id.
    """
    kept = unicodedata.normalize("NFC", text).strip()
    if len(kept) > LONGEST_ID or not kept.isprintable():
        raise Refused("invalid_external_id", f"An external id has at most {LONGEST_ID} characters that can be seen.")
    return kept


def keep(actor: Actor, upload: Upload, told: Particulars) -> None:
    """Inside the transaction that makes the upload. Tags and case are acts of their own, with their own events.

    Raises:
        Refused: invalid_tags, too_many_tags, case_closed, case_full, not_found, idempotency_key_in_use.
        PermissionDenied: the actor is no editor of the case.
    """
    if told.tags:
        tags.set_tags(actor, upload=upload, names=told.tags)
    if told.case:
        case_items.add(actor, case=told.case, uploads=[upload])
    if told.callback_url:
        happenings.callback_given.send(Upload, upload=upload, url=told.callback_url)
    if told.settle:
        told.settle(upload)
