"""The helper verifies what the site really signs, and nothing else."""

import pytest
from fakedetect_client import InvalidSignature, verify

from accounts.audit import Actor
from notices import deliveries, endpoints, kinds, sending, telling
from tests.notices.receiver import Receiver


@pytest.fixture
def taken(db, owner, settings, monkeypatch):
    settings.WEBHOOKS_PRIVATE = True
    monkeypatch.setattr(sending, "SECONDS", 1.0)
    with Receiver() as receiver:
        secret = endpoints.make(Actor(user=owner), person=owner, url=receiver.url)[1]
        telling.tell(owner, kind=kinds.REVIEW_DECIDED, text="“Grüße”, sagte sie.", link="/uploads/", target="upload:1")
        deliveries.sweep()
        one = receiver.taken[0]
    return secret, one.headers, one.body.encode()


def test_a_genuine_delivery_is_read(taken):
    delivery = verify(*taken)
    assert (delivery.type, delivery.data["text"]) == ("review.decided", "“Grüße”, sagte sie.")
    assert delivery.id == taken[1]["webhook-id"]
    upper = {name.title(): value for name, value in taken[1].items()}
    assert verify(taken[0], upper, taken[2]) == delivery


def test_two_signatures_stand_there_after_a_rotation(taken):
    secret, headers, body = taken
    both = headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}
    assert verify(secret, both, body).type == "review.decided"


@pytest.mark.parametrize(
    "change",
    [
        lambda s, h, b: (s, h, b + b" "),
        lambda s, h, b: (s, h | {"webhook-id": "other"}, b),
        lambda s, h, b: (s, h | {"webhook-timestamp": "1"}, b),
        lambda s, h, b: (s, h | {"webhook-timestamp": "soon"}, b),
        lambda s, h, b: (s, h | {"webhook-signature": ""}, b),
        lambda s, h, b: (s, h | {"webhook-signature": "v1,é"}, b),
        lambda s, h, b: (s, {}, b),
        lambda s, h, b: ("whsec_AAAA", h, b),
        lambda s, h, b: ("no secret", h, b),
    ],
)
def test_anything_else_is_refused(taken, change):
    with pytest.raises(InvalidSignature):
        verify(*change(*taken))


def test_an_old_delivery_is_refused(taken):
    late = int(taken[1]["webhook-timestamp"]) + 301
    with pytest.raises(InvalidSignature, match="too old"):
        verify(*taken, now=late)
