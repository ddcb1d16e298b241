"""The audit history: `record` appends to the hash chain, `verify_chain` names the first broken link."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import ApiToken, AuditEvent, AuditHead, User

GENESIS = "0" * 64
_COVERED = ("id", "at", "action", "actor", "target", "details", "request_id", "personal_digest", "previous")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, from where. `SYSTEM` is the site itself (sweeps, set-up, the shell)."""

    user: User | None = None
    token: ApiToken | None = None
    address: str = ""
    request_id: str = ""
    name: str = ""  # for those without an account: the name that was tried, or what the system calls itself

    @property
    def reference(self) -> str:
        """A pseudonym for the chain; the person's name stays outside it."""
        if self.token:
            return f"token:{self.token.pk}"
        return f"user:{self.user.pk}" if self.user else ""


SYSTEM = Actor(name="system")


@dataclass(frozen=True, slots=True)
class Break:
    """The first link that does not hold: its position and one sentence."""

    position: int
    reason: str


@transaction.atomic(savepoint=False)  # an act without its event must not be kept, so there is nothing to save
def record(actor: Actor, action: str, *, target: str = "", details: dict[str, Any] | None = None) -> AuditEvent:
    """Append one event. Call it inside the act's own transaction: both happen, or neither does."""
    heads = AuditHead.objects.select_for_update()
    head = heads.filter(pk=1).first() or heads.get_or_create(pk=1)[0]
    event = _event(actor, action, target, details or {})
    event.id, event.previous = head.last_id + 1, head.last_digest
    event.digest = digest_of(event)
    event.save(force_insert=True)
    head.last_id, head.last_digest = event.id, event.digest
    head.save(update_fields=["last_id", "last_digest"])
    return event


def _event(actor: Actor, action: str, target: str, details: dict[str, Any]) -> AuditEvent:
    name = actor.user.get_username() if actor.user else actor.name
    personal, salt = {"name": name, "address": actor.address}, secrets.token_hex(16)
    return AuditEvent(
        at=timezone.now(),
        action=action,
        actor=actor.reference,
        target=target,
        details=details,
        request_id=actor.request_id,
        personal=personal,
        salt=salt,
        personal_digest=_sha256({"salt": salt, **personal}),
    )


def digest_of(event: AuditEvent) -> str:
    """SHA-256 of the covered fields as canonical JSON."""
    return _sha256({name: getattr(event, name) for name in _COVERED} | {"at": event.at.isoformat()})


def _sha256(value: dict[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verify_chain() -> Break | None:
    """Walk the whole chain in flat memory and return the first break, or None.

    A chain that was cut at its end shows as a head that no event matches. Events recorded during the walk are
    left for the next one: the head that was read first says where this walk ends.
    """
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    previous, position = GENESIS, 0
    for event in _until(head.last_id):
        position += 1
        if reason := _fault(event, position, previous):
            return Break(position, reason)
        previous = event.digest
    return _fault_at_the_end(head, position, previous)


def _fault_at_the_end(head: AuditHead, position: int, digest: str) -> Break | None:
    if head.last_id != position:
        return Break(position + 1, f"{head.last_id} events were recorded, and only {position} are here")
    if head.last_digest != digest:
        return Break(position, "it is not the event that was recorded last")
    # One statement, hence one moment: an event beyond the head was not written by `record`.
    end = Coalesce(AuditHead.objects.filter(pk=1).values("last_id")[:1], 0)
    stray = AuditEvent.objects.filter(id__gt=end).order_by("id").first()
    return Break(stray.id, "it was added past the recorded end") if stray else None


def _until(last_id: int) -> Iterator[AuditEvent]:
    return AuditEvent.objects.filter(id__lte=last_id).order_by("id").iterator(chunk_size=2_000)


def _fault(event: AuditEvent, position: int, previous: str) -> str:
    if event.id != position:
        return f"event {position} is missing"
    if event.previous != previous:
        return "it does not follow the event before it"
    if event.digest != digest_of(event):
        return "its content was changed"
    erased = not event.personal and not event.salt
    if not erased and event.personal_digest != _sha256({"salt": event.salt, **event.personal}):
        return "its name or address was changed"
    return ""
