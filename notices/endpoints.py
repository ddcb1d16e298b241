"""Webhooks of a person: make, change, rotate the secret, remove. Page and API both end here."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.errors import Refused
from accounts.models import User
from fakedetect_site import addresses
from fakedetect_site.addresses import BadAddress
from notices import kinds, signatures
from notices.models import Endpoint, Notice

MOST = 10  # of one person
LONGEST = 500  # address
OVERLAP = timedelta(hours=24)  # that the old secret still signs after a rotation


def make(actor: Actor, *, person: User, url: str, kinds_wanted: Sequence[str] = ()) -> tuple[Endpoint, str]:
    """Make a webhook and return it with its secret, which is never shown again.

    Raises:
        Refused: the address cannot be, a kind is unknown, or this person has enough.
    """
    check(url, kinds_wanted)  # asks the name service, so outside the transaction
    return _make(actor, person, url, kinds_wanted)


def change(actor: Actor, *, endpoint: Endpoint, url: str, kinds_wanted: Sequence[str], active: bool) -> None:
    """Change all that can be; what waits for an endpoint that is turned on again goes out.

    Raises:
        Refused: the address cannot be, or a kind is unknown.
    """
    check(url, kinds_wanted)
    new = {"url": url, "kinds": _in_order(kinds_wanted), "active": active}
    changed = [name for name, value in new.items() if getattr(endpoint, name) != value]
    if changed:
        _change(actor, endpoint, new, changed)


@transaction.atomic
def rotate(actor: Actor, *, endpoint: Endpoint) -> str:
    """Give it a new secret and return that; for a day deliveries are signed with both."""
    seed, until = signatures.new_seed(), timezone.now() + OVERLAP
    row = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    Endpoint.objects.filter(pk=row.pk).update(seed=seed, old_seed=row.seed, old_until=until)
    endpoint.refresh_from_db()
    audit.record(actor, "webhook.rotated", target=_name(endpoint))
    return signatures.secret_of(seed)


@transaction.atomic
def remove(actor: Actor, *, endpoint: Endpoint) -> None:
    """Remove it with its deliveries and what was told about it."""
    name = _name(endpoint)
    Notice.objects.filter(target=name).delete()
    endpoint.delete()
    audit.record(actor, "webhook.removed", target=name)


@transaction.atomic
def _make(actor: Actor, person: User, url: str, kinds_wanted: Sequence[str]) -> tuple[Endpoint, str]:
    User.objects.select_for_update().get(pk=person.pk)  # two clicks at once shall not make one too many
    if Endpoint.objects.standing().filter(person=person).count() >= MOST:
        raise Refused("too_many_webhooks", _("You have %(most)s webhooks. Remove one first.") % {"most": MOST}, 409)
    seed = signatures.new_seed()
    endpoint = Endpoint.objects.create(person=person, url=url, kinds=_in_order(kinds_wanted), seed=seed)
    audit.record(actor, "webhook.made", target=_name(endpoint), details={"kinds": endpoint.kinds})
    return endpoint, signatures.secret_of(seed)


@transaction.atomic
def _change(actor: Actor, endpoint: Endpoint, new: dict[str, object], changed: list[str]) -> None:
    afresh = {"unanswered": 0, "rest_until": None, "failing_since": None}
    Endpoint.objects.filter(pk=endpoint.pk).update(**new, **afresh)
    endpoint.refresh_from_db()
    # Not the address: it may name a person or carry a key, and the history cannot be erased.
    audit.record(actor, "webhook.changed", target=_name(endpoint), details={"changed": changed})


def check(url: str, kinds_wanted: Sequence[str] = ()) -> None:
    """Raises Refused: bad_address, unknown_kind."""
    if unknown := set(kinds_wanted) - kinds.KINDS.keys():
        values = {"kind": min(unknown), "known": ", ".join(kinds.KINDS)}
        raise Refused("unknown_kind", _("There is no kind “%(kind)s”. Known are %(known)s.") % values)
    if len(url) > LONGEST:
        raise Refused("bad_address", _("This address is too long."))
    try:
        addresses.resolve(addresses.parse(url), private=settings.WEBHOOKS_PRIVATE)
    except BadAddress as error:
        raise Refused("bad_address", str(error)) from None


def _in_order(kinds_wanted: Sequence[str]) -> list[str]:
    return [kind for kind in kinds.KINDS if kind in kinds_wanted]


def _name(endpoint: Endpoint) -> str:
    return f"webhook:{endpoint.pk}"
