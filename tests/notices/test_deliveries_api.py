"""All deliveries of a person by API: those that were given up, with their bodies, sent again."""

import json
import uuid

import pytest

from notices import callbacks, webhook_api
from notices.models import Delivery
from tests.conftest import logged_in
from tests.notices import receiver as programs

URL = "/api/v1/webhooks/deliveries/"


@pytest.fixture
def client(owner):
    return logged_in(owner)


@pytest.fixture
def gone(hook, receiver, tell, sweep, owner):
    """One of the webhook and one of a callback, both given up."""
    receiver.answers = [programs.answer("410 Gone")]
    callbacks.make(person=owner, target="upload:7", url=f"{receiver.url}?7")
    callbacks.ring("upload:7", {"text": "The verdict is there."})
    tell()
    sweep()
    assert Delivery.objects.filter(state="dead").count() == 2


def test_what_was_given_up_is_listed_of_webhooks_and_callbacks(client, gone, hook, as_stranger):
    rows = client.get(f"{URL}?state=dead").json()["results"]
    assert {row["kind"] for row in rows} == {"review.decided", "verdict.ready"}
    assert client.get(f"{URL}?state=done").json() == {"next": None, "results": []}
    assert [row["kind"] for row in client.get(f"{URL}?webhook={hook.pk}").json()["results"]] == ["review.decided"]
    [one] = client.get(f"{URL}?target=upload:7").json()["results"]
    assert json.loads(client.get(f"{URL}{one['id']}/").json()["body"])["data"]["text"] == "The verdict is there."
    assert as_stranger.get(URL).json()["results"] == []
    assert as_stranger.get(f"{URL}{one['id']}/").status_code == 404
    assert as_stranger.post(f"{URL}{one['id']}/again/").status_code == 404


def test_one_of_a_callback_is_sent_again(client, gone, receiver, sweep):
    [one] = client.get(f"{URL}?target=upload:7").json()["results"]
    receiver.answers = [programs.OK]
    from notices.models import Endpoint

    Endpoint.objects.update(active=True)
    assert client.post(f"{URL}{one['id']}/again/").json() == {"count": 1}
    assert client.post(f"{URL}{one['id']}/again/").json() == {"count": 0}
    sweep()
    assert client.get(f"{URL}{one['id']}/").json()["state"] == "done"


def test_pages_follow_each_other(client, hook, tell, monkeypatch):
    monkeypatch.setattr(webhook_api, "_MOST", 2)
    for n in range(5):
        tell(target=f"upload:{n}")
    seen, address = [], URL
    while address:
        page = client.get(address).json()
        seen += [row["target"] for row in page["results"]]
        address = page["next"]
    assert seen == [f"upload:{n}" for n in range(4, -1, -1)]


@pytest.mark.parametrize("query", ["state=lost", "webhook=x", "before=x"])
def test_a_filter_that_cannot_be_meant_is_400(client, query):
    assert client.get(f"{URL}?{query}").status_code == 400


def test_a_page_after_what_is_not_ones_own_is_404(client):
    assert client.get(f"{URL}?before={uuid.uuid4()}").status_code == 404
