"""What happened to an upload: who did what, when. Moderators are told names; everybody else what people are.

It is read from the audit history, which nobody writes but the services themselves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import ApiToken, AuditEvent, User
from accounts.roles import Someone, can_see, is_moderator, owns
from detector.models import Upload
from fakedetect_site import history_words

MOST = 500  # events of one upload that are read at once
_SYSTEM, _GONE = "system", "gone"
_WORDS = {
    "owner": _("The owner"),
    "user": _("Somebody with access"),
    "moderator": _("A moderator"),
    "administrator": _("An administrator"),
    _SYSTEM: _("This site"),
    _GONE: _("Somebody whose account is gone"),
}
# How the desk shares its work out is the desk's own business; that a person is to look is told.
_OWN = ("upload.tagged", "upload.noted")  # of the owner, for the owner
_INNER = ("queue.claimed", "queue.released", "queue.assigned")


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, or the same act of the same person several times in a row."""

    id: int
    at: datetime
    until: datetime
    times: int
    action: str
    words: str
    who: str
    role: str
    model: str
    actor: str | None = None  # for moderators, as the next
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The entries, oldest first, and whether there are earlier ones."""

    entries: list[Entry]
    more: bool

    def newest(self, count: int) -> "Timeline":
        """The same, but no more than so many."""
        return Timeline(self.entries[-count:], self.more or len(self.entries) > count)


def of_upload(upload: Upload, *, reader: Someone) -> Timeline:
    """What this reader may know of what happened."""
    inner = is_moderator(reader)
    found = audit.timeline(f"upload:{upload.pk}")
    hidden = () if inner else _INNER if owns(reader, upload) else (*_INNER, *_OWN)
    newest = _newest(found.exclude(action__in=hidden) if hidden else found)
    if can_see(reader, upload):  # other cases than their own are no business of the members of one
        newest = sorted([*newest, *_newest(_shared(upload))], key=lambda event: -event.id)
    events = newest[:MOST][::-1]
    people = _people(events)
    entries = [_entry(event, people.get(event.actor), upload, reader, inner) for event in events]
    return Timeline(list(_together(entries)), len(newest) > MOST)


def _newest(events: QuerySet[AuditEvent]) -> list[AuditEvent]:
    """Asked of one index at a time: for two in one question a data base may walk through the whole history."""
    return list(events.order_by("-id")[: MOST + 1])


def _shared(upload: Upload) -> QuerySet[AuditEvent]:
    """When it was put into cases and taken out: events of a case, which name all uploads that they are about."""
    acts = ("case.uploads_added", "case.uploads_removed")
    since = AuditEvent.objects.filter(action__in=acts, at__gte=upload.created_at)
    return since.filter(details__uploads__icontains=str(upload.pk))


def plain(timeline: Timeline) -> dict[str, Any]:
    """The same for a program."""
    rows = [{name: getattr(entry, name) for name in Entry.__slots__} for entry in timeline.entries]
    return {"events": rows, "more": timeline.more}


def _entry(event: AuditEvent, person: User | None, upload: Upload, reader: Someone, inner: bool) -> Entry:
    role = _role(event, person, upload)
    who = str(_WORDS[role])
    if person and person.pk == reader.pk:
        who = gettext("You")
    elif inner and event.actor:
        who = str(event.personal.get("name") or who)
    return Entry(
        id=event.id,
        at=event.at,
        until=event.at,
        times=1,
        action=event.action,
        words=history_words.say(event.action, event.details),
        who=who,
        role=role,
        model=event.model,
        actor=event.actor if inner else None,
        request_id=event.request_id if inner else None,
    )


def _role(event: AuditEvent, person: User | None, upload: Upload) -> str:
    if person is None:
        return _GONE if event.actor else _SYSTEM
    return "owner" if person.pk == upload.owner_id else str(person.role)


def _together(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Who looks at a picture ten times in a row is one entry."""
    for _key, same in groupby(entries, key=lambda entry: (entry.who, entry.actor, entry.words, entry.model)):
        first, *others = same
        yield replace(first, until=others[-1].at, times=len(others) + 1) if others else first


def _people(events: Iterable[AuditEvent]) -> dict[str, User]:
    """Whom the references of these events mean, in two queries."""
    kinds: dict[str, set[str]] = {"user": set(), "token": set()}
    for event in events:
        kind, _, pk = event.actor.partition(":")
        kinds.get(kind, set()).add(pk)
    found = {f"user:{user.pk}": user for user in User.objects.filter(pk__in=kinds["user"])}
    tokens = ApiToken.objects.filter(pk__in=kinds["token"]).select_related("user")
    return found | {f"token:{token.pk}": token.user for token in tokens}
