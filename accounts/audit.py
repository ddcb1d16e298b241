"""The audit history: `record` appends to the hash chain, `timeline` reads what happened to one thing, `erase` forgets.

The chain itself is audit_chain.py, its proof audit_check.py, its guard in the data base audit_guard.py.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit_chain
from accounts.audit_chain import FORM, GENESIS, Break
from accounts.audit_check import verify_chain
from accounts.models import ApiToken, AuditEvent, AuditHead, User
from fakedetect_site.middleware import request_id

__all__ = ["GENESIS", "SYSTEM", "Actor", "Break", "digest_of", "erase", "forget", "record", "timeline", "verify_chain"]


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


@transaction.atomic(savepoint=False)  # an act without its event must not be kept, so there is nothing to save
def record(
    actor: Actor,
    action: str,
    *,
    target: str = "",
    details: Mapping[str, Any] | None = None,
    model: str = "",
    private: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append one event. Call it inside the act's own transaction: both happen, or neither does.

    `details` and `target` are chained for good: codes, numbers and references. Whatever a person wrote, or what tells
    of a person or of a file (a name, an address, a digest), goes into `private`, which erasure empties. `model` is the
    version of the detector that had a part in it.
    """
    event = _event(actor, action, target, audit_chain.plain(details or {}), _personal(actor, private))
    event.model = model
    heads = AuditHead.objects.select_for_update()  # from here on all others wait who have something to write down
    head = heads.filter(pk=1).first() or heads.get_or_create(pk=1)[0]
    event.id, event.previous, event.at = head.last_id + 1, head.last_digest, timezone.now()
    event.digest = digest_of(event)
    event.save(force_insert=True)
    head.last_id, head.last_digest = event.id, event.digest
    head.save(update_fields=["last_id", "last_digest"])
    return event


def timeline(target: str) -> QuerySet[AuditEvent]:
    """What happened to one thing ("upload:…"), oldest first."""
    return AuditEvent.objects.filter(target=target).order_by("id")


@transaction.atomic
def erase(actor: Actor, *, person: User, targets: Collection[str] = ()) -> int:
    """Empty what tells of a person in every event, their own and those about what they made; how many events.

    Call it before the account and its tokens are deleted, since tokens lead to their events. `targets` names further
    things ("upload:…") whose events hold something private of theirs. The chain stays whole, and so does every event's
    who, what and when, under pseudonyms.
    """
    concerned = _events_of(person, targets)
    record(actor, "audit.erased", target=f"user:{person.pk}", details={"events": concerned.count()})
    return concerned.update(personal={}, salt="")


@transaction.atomic
def forget(actor: Actor, *, target: str) -> int:
    """Empty what events tell privately about one thing ("upload:…"), a name or a digest; how many events.

    With it goes the name of who acted; the pseudonym stays, as everything that is chained.
    """
    concerned = AuditEvent.objects.filter(target=target, personal__has_key="private")
    record(actor, "audit.erased", target=target, details={"events": concerned.count()})
    return concerned.update(personal={}, salt="")


def digest_of(event: AuditEvent) -> str:
    """What the digest of this event has to be."""
    row = {name: getattr(event, name) for name in audit_chain.FIELDS}
    return audit_chain.digest_of(row | {"at": event.at.isoformat()})


def _event(actor: Actor, action: str, target: str, details: dict[str, Any], personal: dict[str, Any]) -> AuditEvent:
    salt = secrets.token_hex(16)
    return AuditEvent(
        action=action,
        actor=actor.reference,
        target=target,
        details=details,
        request_id=actor.request_id or _request(),
        form=FORM,
        personal=personal,
        salt=salt,
        personal_digest=audit_chain.personal_digest_of(salt, personal),
    )


def _personal(actor: Actor, private: Mapping[str, Any] | None) -> dict[str, Any]:
    personal: dict[str, Any] = {"name": actor.user.get_username() if actor.user else actor.name}
    personal["address"] = actor.address
    return personal | {"private": audit_chain.plain(private)} if private else personal


def _request() -> str:
    """What the site itself does for a request, a verdict say, carries the request's id too."""
    return request_id.get().strip("-")


def references_of(person: User) -> list[str]:
    """How events name a person, whether they came by a session or with a token."""
    tokens = ApiToken.objects.filter(user=person).values_list("pk", flat=True)
    return [f"user:{person.pk}", *(f"token:{pk}" for pk in tokens)]


def _events_of(person: User, targets: Collection[str]) -> QuerySet[AuditEvent]:
    """By them, about them, about what they made; and failed log-ins, which know nothing but the name that was tried."""
    own = references_of(person)
    made = AuditEvent.objects.filter(actor__in=own, action__endswith=".created").values("target")
    tried = Q(personal__name__iexact=person.username)
    if person.email:
        tried |= Q(personal__name__iexact=person.email)
    theirs = Q(actor__in=own) | Q(target__in=own) | Q(actor="", action__startswith="login.") & tried
    things = Q(target__in=made) | Q(target__in=list(targets))
    return AuditEvent.objects.filter(theirs | things & Q(personal__has_key="private"))
