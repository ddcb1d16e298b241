"""The language and the time zone of a person: kept in their profile, guessed from the browser until they choose."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone, translation

from accounts import audit
from accounts.audit import Actor
from accounts.models import User


@cache
def zones() -> frozenset[str]:
    """Every time zone that this machine knows, by its place."""
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")) | {"UTC"}


@transaction.atomic
def prefer(actor: Actor, *, user: User, language: str | None = None, time_zone: str | None = None) -> None:
    """Keep a choice of language, of time zone, or of both; empty leaves it to the browser. None changes nothing.

    The history says what was changed, not to what: a time zone tells where somebody is.
    """
    wanted = {"language": language, "time_zone": time_zone}
    changed = {name: value for name, value in wanted.items() if value is not None and value != getattr(user, name)}
    if not changed:
        return
    User.objects.filter(pk=user.pk).update(**changed)
    user.refresh_from_db(fields=list(changed))
    audit.record(actor, "account.preferences", target=f"user:{user.pk}", details={"changed": sorted(changed)})


def language_of(user: User) -> str:
    """What mails to this person are written in."""
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def zone_of(request: HttpRequest) -> str:
    """The zone that this browser told, if there is one of that name; else nothing."""
    told = request.COOKIES.get(settings.ZONE_COOKIE_NAME, "")
    return told if told in zones() else ""


@contextmanager
def speaking_to(person: User) -> Iterator[None]:
    """What is written within is in this person's language, and its times in their zone: for mails and files."""
    with translation.override(language_of(person)), timezone.override(_zone(person.time_zone)):
        yield


def activate(request: HttpRequest) -> None:
    """Answer this request in the language and the zone of whoever asks."""
    user = request.user
    kept = user if isinstance(user, User) else None
    if kept and kept.language in dict(settings.LANGUAGES):
        translation.activate(kept.language)
        request.LANGUAGE_CODE = kept.language
    timezone.activate(_zone((kept and kept.time_zone) or zone_of(request)))


def _zone(name: str) -> tzinfo:
    return ZoneInfo(name) if name in zones() else timezone.get_default_timezone()
