"""An address that is given with an upload is told its verdict once: signed, tried again, never in private networks."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import Actor
from detector import analysis, intake
from detector.models import Upload
from fakedetect_site import addresses
from ml.serve import InvalidImage
from notices import deliveries, endpoints, signatures
from notices.models import Delivery, Endpoint, Notice
from tests import hostile
from tests.detector.test_api_uploads import URL, bearer, file
from tests.factories import image_bytes
from tests.notices import receiver as programs
from tests.notices.receiver import verified
from tests.notices.test_addresses import Names

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send(scorer, owner, receiver):
    client = bearer(owner)

    def act(path="/hook?article=7", seed=0, **told):
        url = receiver.url.replace("/hook", path)
        return client.post(URL, {"image": file(image_bytes(seed=seed)), "callback_url": url, **told}).json()

    return act


def test_the_address_is_told_once_and_signed_with_a_secret_that_was_given_back(send, receiver, sweep):
    body = send(external_id="cms-7")
    sweep()
    sweep(days=1)
    [taken] = receiver.taken
    event = json.loads(taken.body)
    assert taken.head == "POST /hook?article=7 HTTP/1.1"
    assert verified(body["callback"]["secret"], taken)
    assert (event["type"], event["data"]["status"]) == ("verdict.ready", "done")
    assert (event["data"]["upload"], event["data"]["external_id"]) == (body["id"], "cms-7")
    assert event["data"]["verdict"]["label"] == body["verdict"]["label"]
    assert event["data"]["sha256"] == body["file"]["sha256"]


def test_on_the_server_of_ones_own_webhook_its_secret_signs_after_a_rotation_too(
    send,
    hook,
    receiver,
    sweep,
    owner,
):
    body = send()
    assert body["callback"]["secret"] is None
    new = endpoints.rotate(Actor(user=owner), endpoint=hook)
    sweep()
    assert verified(hook.secret, receiver.taken[0])
    assert verified(new, receiver.taken[0])


def test_what_fails_is_told_too(send, receiver, sweep, monkeypatch, scorer):
    def broken(*parts):
        raise InvalidImage("unreadable", "This image cannot be read.")

    monkeypatch.setattr(scorer, "judge", broken)
    send()
    sweep()
    data = json.loads(receiver.taken[0].body)["data"]
    assert (data["status"], data["verdict"], data["error"]["code"]) == ("failed", None, "unreadable")


def test_a_receiver_that_fails_gets_it_later_and_without_a_notice(send, receiver, sweep):
    receiver.answers = [programs.BROKEN, programs.OK]
    send()
    sweep()
    assert Delivery.objects.get().state == "waiting"
    sweep(minutes=2)
    assert Delivery.objects.get().state == "done"
    assert len(set(receiver.ids)) == 1
    receiver.answers = [programs.answer("410 Gone")]
    send(seed=1)
    sweep()
    assert Delivery.objects.filter(state="dead").count() == 1
    assert not Notice.objects.exists()


def test_callbacks_to_a_silent_server_cost_one_attempt_at_a_time(send, receiver, sweep):
    receiver.answers = [programs.stall]
    for seed in range(4):
        send(path=f"/{seed}", seed=seed)
    sweep()
    assert len(receiver.taken) == 1


def test_callbacks_are_no_webhooks_of_the_list_and_hear_of_nothing_else(send, hook, receiver, sweep, owner):
    from notices import telling

    send()
    sweep()
    receiver.taken.clear()
    telling.tell(owner, kind="review.decided", text="A moderator looked.")
    sweep()
    assert [json.loads(one.body)["type"] for one in receiver.taken] == ["review.decided"]
    assert [row["id"] for row in bearer(owner).get("/api/v1/webhooks/").json()] == [str(hook.pk)]


def test_a_deleted_upload_takes_its_callback_along(send, owner):
    pk = send()["id"]
    intake.delete(Actor(user=owner), upload=Upload.objects.get(pk=pk))
    assert (Endpoint.objects.count(), Delivery.objects.count()) == (0, 0)


def test_a_request_sent_again_is_told_the_same_secret_and_makes_no_second_callback(scorer, owner, receiver, sweep):
    client = bearer(owner)

    def act():
        told = {"image": file(), "callback_url": receiver.url}
        return client.post(URL, told, headers={"Idempotency-Key": "k"}).json()["callback"]

    first = act()
    assert first == act()
    assert first["secret"] == signatures.secret_of(Endpoint.objects.get().seed)
    sweep()
    assert len(receiver.taken) == 1


def test_callbacks_that_are_long_over_are_forgotten(send, sweep):
    send()
    sweep()
    Endpoint.objects.update(created_at=timezone.now() - timedelta(days=31))
    Delivery.objects.update(queued_at=timezone.now() - timedelta(days=31))
    deliveries.sweep()
    assert (Endpoint.objects.count(), Delivery.objects.count()) == (0, 0)


def test_without_a_callback_nothing_is_sent(scorer, owner):
    body = bearer(owner).post(URL, {"image": file()}).json()
    assert body["callback"] is None
    assert Delivery.objects.count() == 0


def test_an_analysis_done_again_by_hand_tells_it_again(send, sweep, receiver, owner, monkeypatch, scorer):
    with monkeypatch.context() as broken:
        broken.setattr(scorer, "judge", lambda *parts: 1 / 0)
        pk = send()["id"]
    upload = Upload.objects.get(pk=pk)
    assert analysis.retry(Actor(user=owner), analysis=upload.latest)
    sweep()
    assert sorted(json.loads(one.body)["data"]["status"] for one in receiver.taken) == ["done", "failed"]


def test_no_hostile_address_is_called_back_and_nothing_is_kept(scorer, owner):
    client = bearer(owner)
    for url in hostile.FEW:
        response = client.post(URL, {"image": file(), "callback_url": url})
        assert response.status_code == 400, url
    assert (Upload.objects.count(), Endpoint.objects.count()) == (0, 0)


def test_a_name_that_turns_inwards_after_the_upload_is_not_called(
    scorer, owner, receiver, settings, sweep, monkeypatch
):
    settings.WEBHOOKS_PRIVATE = False
    service = Names(["93.184.216.34"], ["127.0.0.1"])
    monkeypatch.setattr(addresses.socket, "getaddrinfo", service.getaddrinfo)
    url = f"http://rebind.example:{receiver.port}/hook"
    assert bearer(owner).post(URL, {"image": file(), "callback_url": url}).status_code == 201
    sweep()
    assert (service.asked, receiver.connections) == (2, 0)
    assert "private network" in Delivery.objects.get().last_error


def test_a_callback_follows_no_redirect(send, receiver, sweep):
    with programs.Receiver() as elsewhere:
        receiver.answers = [programs.answer("308 Permanent Redirect", f"Location: {elsewhere.url}"), programs.OK]
        send()
        sweep()
        sweep(minutes=2)
        assert (len(receiver.taken), elsewhere.connections) == (2, 0)
    assert (len(set(receiver.ids)), Delivery.objects.get().state) == (1, "done")
