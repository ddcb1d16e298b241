"""Webhooks as rows: made with a secret that is kept nowhere, changed, rotated with an overlap, removed."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from accounts.audit import Actor
from accounts.errors import Refused
from accounts.models import AuditEvent
from notices import endpoints, signatures
from notices.models import Delivery, Endpoint, Notice
from tests.notices.receiver import Taken, verified


def test_a_delivery_is_signed_with_the_secret_that_was_shown(tell, hook, receiver, sweep):
    tell(text="“Grüße”, sagte sie.")
    sweep()
    assert verified(hook.secret, receiver.taken[0])


def test_whoever_changes_body_time_or_id_breaks_the_signature(tell, hook, receiver, sweep):
    tell()
    sweep()
    taken = receiver.taken[0]
    later = str(int(taken.headers["webhook-timestamp"]) + 1)
    forgeries = [
        Taken(taken.head, taken.headers, taken.body.replace("beach", "storm")),
        Taken(taken.head, taken.headers | {"webhook-timestamp": later}, taken.body),
        Taken(taken.head, taken.headers | {"webhook-id": "another"}, taken.body),
    ]
    assert not any(verified(hook.secret, one) for one in forgeries)
    assert not verified("whsec_" + base64.b64encode(b"x" * 32).decode(), taken)


def test_each_attempt_is_signed_with_the_time_of_that_attempt(tell, hook, receiver, sweep):
    from tests.notices.receiver import BROKEN, OK

    receiver.answers = [BROKEN, OK]
    tell()
    sweep()
    sweep(minutes=2)
    stamps = [int(one.headers["webhook-timestamp"]) for one in receiver.taken]
    assert all(abs(stamp - timezone.now().timestamp()) < 60 for stamp in stamps)
    assert all(verified(hook.secret, one) for one in receiver.taken)


def test_the_secret_is_kept_nowhere(hook):
    rows = [*Endpoint.objects.all(), *Delivery.objects.all(), *AuditEvent.objects.all()]
    kept = serializers.serialize("json", rows)
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    assert len(key) == 32
    for form in (hook.secret, hook.secret[6:], key.hex()):
        assert form not in kept


def test_two_webhooks_have_two_secrets(owner, receiver):
    made = [endpoints.make(Actor(user=owner), person=owner, url=receiver.url)[1] for _ in range(2)]
    assert made[0] != made[1]


def test_another_site_with_the_same_data_base_signs_differently(hook, settings):
    settings.SECRET_KEY = "of another site"
    assert signatures.secret_of(hook.seed) != hook.secret


def test_after_a_rotation_both_secrets_verify_for_a_day_then_only_the_new_one(tell, hook, receiver, sweep, owner):
    new = endpoints.rotate(Actor(user=owner), endpoint=hook)
    assert new != hook.secret
    tell()
    sweep()
    assert [verified(one, receiver.taken[-1]) for one in (new, hook.secret)] == [True, True]
    Endpoint.objects.update(old_until=timezone.now() - timedelta(seconds=1))
    tell()
    sweep()
    assert [verified(one, receiver.taken[-1]) for one in (new, hook.secret)] == [True, False]


def test_the_example_of_the_standard_is_met(monkeypatch):
    """Id, time, body and secret as the standard's own example writes them; computed here by hand."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    monkeypatch.setattr(signatures, "_key", lambda seed: key)
    body = '{"test": 2432232314}'
    when = timezone.datetime.fromtimestamp(1614265330, tz=timezone.get_default_timezone())
    told = signatures.headers(Endpoint(seed="x"), "msg_p5jXN8AQM9LWM0D4loKWxJek", body, when)
    signed = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body.encode()
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert told["webhook-signature"] == f"v1,{expected}" == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_making_changing_rotating_and_removing_are_one_event_each_and_none_tells_the_address(owner, receiver, happened):
    actor = Actor(user=owner)
    made, _ = endpoints.make(actor, person=owner, url=receiver.url)
    endpoints.change(actor, endpoint=made, url=receiver.url + "2", kinds_wanted=["case.added"], active=True)
    endpoints.change(actor, endpoint=made, url=receiver.url + "2", kinds_wanted=["case.added"], active=True)
    endpoints.rotate(actor, endpoint=made)
    endpoints.remove(actor, endpoint=made)
    assert happened() == ["webhook.made", "webhook.changed", "webhook.rotated", "webhook.removed"]
    assert "127.0.0.1" not in json.dumps(list(AuditEvent.objects.values_list("details", "target")))


def test_removing_takes_its_deliveries_and_what_was_told_of_it(tell, hook, owner, sweep, receiver):
    from tests.notices.receiver import answer

    receiver.answers = [answer("410 Gone")]
    tell()
    sweep()
    endpoints.remove(Actor(user=owner), endpoint=hook)
    assert Delivery.objects.count() == 0
    assert [one.kind for one in Notice.objects.all()] == ["review.decided"]


def test_ten_are_enough(owner, receiver):
    for _ in range(endpoints.MOST):
        endpoints.make(Actor(user=owner), person=owner, url=receiver.url)
    with pytest.raises(Refused, match="Remove one first") as refusal:
        endpoints.make(Actor(user=owner), person=owner, url=receiver.url)
    assert (refusal.value.code, refusal.value.status) == ("too_many_webhooks", 409)


def test_a_kind_that_there_is_not_is_refused(owner, receiver):
    with pytest.raises(Refused, match="Known are review"):
        endpoints.make(Actor(user=owner), person=owner, url=receiver.url, kinds_wanted=["reviews"])


def test_a_bad_address_cannot_be_changed_to(hook, owner):
    with pytest.raises(Refused):
        endpoints.change(Actor(user=owner), endpoint=hook, url="http://0/", kinds_wanted=[], active=True)
    hook.refresh_from_db()
    assert hook.url.endswith("/hook")


def test_an_address_that_is_too_long_is_refused_in_a_sentence(owner):
    with pytest.raises(Refused, match="too long"):
        endpoints.make(Actor(user=owner), person=owner, url="https://1.1.1.1/" + "a" * 500)
