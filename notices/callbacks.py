"""An address that a program gives for one thing alone, and is told at once: an endpoint like any other, but for that.

Deliveries, attempts, pauses and the list of what was given up are those of webhooks. It is signed with the secret of
the person's own webhook on the same server, where there is one; otherwise with one of its own, told to who made it.
"""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from fakedetect_site import addresses
from notices import deliveries, kinds, signatures
from notices.models import Endpoint


@dataclass(frozen=True, slots=True)
class Callback:
    """What the person is told of it: where its deliveries are listed, and the secret where it has one of its own."""

    webhook: str
    url: str
    secret: str | None


def make(*, person: User, target: str, url: str) -> Endpoint:
    """Have this address told once something of the target is ready. Part of the act that makes the target."""
    signer = _own_webhook(person, url)
    seed = "" if signer else signatures.new_seed()
    only = [kinds.VERDICT_READY]
    return Endpoint.objects.create(person=person, url=url, kinds=only, seed=seed, target=target, signed_by=signer)


def of(target: str) -> Callback | None:
    """The callback of this target."""
    found = Endpoint.objects.callbacks().filter(target=target).first()
    if found is None:
        return None
    secret = None if found.signed_by_id else signatures.secret_of(found.seed)
    return Callback(str(found.pk), found.url, secret)


def ring(target: str, data: dict[str, Any]) -> None:
    """Put what is ready in line. Part of the act that made it so."""
    for endpoint in Endpoint.objects.callbacks().filter(target=target, active=True):
        deliveries.put(endpoint, kinds.VERDICT_READY, data, target)


def _own_webhook(person: User, url: str) -> Endpoint | None:
    mine = Endpoint.objects.standing().filter(person=person)
    return next((one for one in mine if _server(one.url) == _server(url)), None)


def _server(url: str) -> tuple[bool, str, int]:
    place = addresses.parse(url)
    return place.secure, place.host, place.port
