"""What the tests of the notices share: a receiver, an endpoint that leads to it, time that passes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import AuditEvent
from notices import deliveries, endpoints, kinds, sending, telling
from notices.models import Delivery, Endpoint, Letter
from tests.notices.receiver import Receiver


@pytest.fixture
def receiver(settings, monkeypatch):
    """On loopback, which the site's default forbids."""
    settings.WEBHOOKS_PRIVATE = True
    monkeypatch.setattr(sending, "SECONDS", 1.0)
    with Receiver() as program:
        yield program


@pytest.fixture
def hook(receiver, owner):
    """The owner's webhook, its secret in `.secret`."""
    endpoint, endpoint_secret = endpoints.make(Actor(user=owner), person=owner, url=receiver.url)
    endpoint.secret = endpoint_secret
    return endpoint


@pytest.fixture
def tell(owner):
    def act(person=None, kind=kinds.REVIEW_DECIDED, text="A moderator looked at beach.jpg.", **options):
        options = {"link": "/uploads/", "target": "upload:1"} | options
        return telling.tell(person or owner, kind=kind, text=text, **options)

    return act


def later(*, aging=True, **length) -> None:
    """Let time pass for whatever waits; without `aging` nothing grows too old meanwhile."""
    past = timedelta(**length)
    for model in (Delivery, Letter):
        for row in model.objects.filter(state="waiting"):
            model.objects.filter(pk=row.pk).update(next_at=row.next_at - past)
    for row in Delivery.objects.all() if aging else ():
        Delivery.objects.filter(pk=row.pk).update(queued_at=row.queued_at - past)
    for row in Endpoint.objects.exclude(rest_until=None):
        Endpoint.objects.filter(pk=row.pk).update(rest_until=row.rest_until - past)


@pytest.fixture
def sweep():
    def act(**length):
        later(**length)
        return deliveries.sweep()

    return act


@pytest.fixture
def happened(db):
    return lambda: list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


@pytest.fixture
def now():
    return timezone.now()
