"""Sessions of one person: shown to them, and ended. A session names nobody outside, so each has to be opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from accounts.session_life import BEGAN, DEVICE, SEEN, is_over

WAITS = "second_factor"  # in a session: who gave the right password, and owes the code


@dataclass(frozen=True, slots=True)
class Listed:
    """One session as its person sees it. `id` names it and opens nothing; `seen` is right within five minutes."""

    id: str
    device: str
    began: datetime | None
    seen: datetime | None
    own: bool


def of(person: User, *, but: str | None = None) -> "QuerySet[Session]":
    """Those in which they are logged in, or half so; `but` is the key of one that is left out."""
    return Session.objects.filter(pk__in=[row.pk for row, _ in _opened(person) if row.pk != but])


def listed(person: User, own: str | None) -> list[Listed]:
    """Those in which they are logged in: the one of this key first, then the one used last."""
    now = timezone.now()
    rows = _opened(person, Session.objects.filter(expire_date__gt=now))
    found = [_listed(row.pk, content, own) for row, content in rows if _lives(content, now)]
    return sorted(found, key=lambda one: (one.own, one.seen or datetime.min.replace(tzinfo=UTC)), reverse=True)


@transaction.atomic
def end(actor: Actor, *, person: User, but: str | None, chosen: str | None = None) -> int:
    """End one session by its `id`, or all but the one of the key `but`, which logging out ends; how many there were."""
    keys = [row.pk for row, _ in _opened(person) if row.pk != but and chosen in (None, _id_of(row.pk))]
    ended = Session.objects.filter(pk__in=keys).delete()[0]
    if ended:
        audit.record(actor, "session.ended", target=f"user:{person.pk}", details={"sessions": ended})
    return ended


def _lives(content: dict[str, Any], now: datetime) -> bool:
    return SESSION_KEY in content and not is_over(content, now.timestamp())


def _opened(person: User, rows: "QuerySet[Session] | None" = None) -> Iterator[tuple[Session, dict[str, Any]]]:
    for row in (Session.objects.all() if rows is None else rows).iterator():
        content = row.get_decoded()
        if _whose(content) == str(person.pk):
            yield row, content


def _whose(content: dict[str, Any]) -> str:
    return str(content.get(SESSION_KEY) or content.get(WAITS, {}).get("user", ""))


def _listed(key: str, content: dict[str, Any], own: str | None) -> Listed:
    device, began, seen = (content.get(name) for name in (DEVICE, BEGAN, SEEN))
    return Listed(_id_of(key), str(device or ""), _moment(began), _moment(seen), key == own)


def _id_of(key: str) -> str:
    return salted_hmac("accounts.sessions", key).hexdigest()[:20]


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
