"""Which limits hold for whom: those of the site, what an administrator gave one person, what a token was made with.

A token narrows what its person may do and never widens it: what it does counts for both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.audit import Actor
from accounts.errors import Refused
from accounts.models import ApiToken, Measure, User
from accounts.roles import is_administrator

MOST = 10**15  # a number beyond it is a slip


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: what it counts, in which window ("ever" for what is kept, "" for one request), and its name."""

    name: str
    measure: str
    period: str
    words: Any


LIMITS = {
    one.name: one
    for one in (
        Limit("reads_per_minute", Measure.READS, "minute", _("Requests that read, a minute")),
        Limit("writes_per_minute", Measure.WRITES, "minute", _("Requests that write, a minute")),
        Limit("uploads_per_minute", Measure.UPLOADS, "minute", _("Uploads a minute")),
        Limit("uploads_per_day", Measure.UPLOADS, "day", _("Uploads a day")),
        Limit("bytes_per_day", Measure.BYTES, "day", _("Bytes handed in a day")),
        Limit("bytes_per_month", Measure.BYTES, "month", _("Bytes handed in a month")),
        Limit("bytes_kept", Measure.KEPT, "ever", _("Bytes kept")),
        Limit("items_per_batch", "items", "", _("Images in one batch")),
    )
}
OF_TOKENS = tuple(name for name, one in LIMITS.items() if one.period not in ("", "ever"))


def of_person(person: User, name: str) -> int:
    """The limit of this name that holds for a person; 0 is none."""
    return int(person.limits.get(name, of_site(name)))


def of_site(name: str) -> int:
    """What holds for everybody who has nothing of their own."""
    return int(settings.MAX_BATCH_FILES if name == "items_per_batch" else settings.LIMITS[name])


def of_token(token: ApiToken, name: str) -> int:
    """What the token was made with; 0 where its person's limit alone holds."""
    return int(token.limits.get(name, 0))


def of_anybody(name: str) -> int:
    """Of those who are not logged in."""
    return int(settings.ANONYMOUS_LIMITS[name])


def counted(*measures: str) -> Iterator[Limit]:
    """The limits of these measures that have a window."""
    return (one for one in LIMITS.values() if one.measure in measures and one.period)


@transaction.atomic
def give(actor: Actor, *, person: User, limits: Mapping[str, int]) -> None:
    """Set the limits of one person that differ from the site's; those that are not named follow the site.

    Raises:
        PermissionDenied: the actor is no administrator (nor the system).
        Refused: unknown_limit, invalid_limit.
    """
    if actor is not audit.SYSTEM and not (actor.user and is_administrator(actor.user)):
        raise PermissionDenied("Only administrators may do this.")
    wanted, before = checked(limits), User.objects.select_for_update().get(pk=person.pk).limits
    if wanted == before:
        return
    User.objects.filter(pk=person.pk).update(limits=wanted)
    person.refresh_from_db(fields=["limits"])
    audit.record(actor, "limits.changed", target=f"user:{person.pk}", details={"from": before, "to": wanted})


def checked(limits: Mapping[str, int], among: tuple[str, ...] = tuple(LIMITS)) -> dict[str, int]:
    """The limits in their order.

    Raises:
        Refused: unknown_limit, invalid_limit.
    """
    if unknown := limits.keys() - set(among):
        sentence = _("There is no limit “%(name)s”. Known are %(known)s.")
        raise Refused("unknown_limit", str(sentence) % {"name": min(unknown), "known": ", ".join(among)})
    if any(not 0 <= value <= MOST for value in limits.values()):
        raise Refused("invalid_limit", str(_("A limit is a whole number; 0 is none.")))
    return {name: limits[name] for name in LIMITS if name in limits}
