"""The desk for programs: moderators' tokens only, one shape of error, nothing decided twice."""

import pytest
from rest_framework.test import APIClient

from accounts import tokens
from accounts.audit import Actor
from accounts.models import Scope
from desk.models import QueueItem, Reason
from detector.models import Review
from tests.desk.conftest import expire, fresh

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/queue/"


def program(person, scope=Scope.WRITE) -> APIClient:
    """A program with a token of this person."""
    key = tokens.issue(Actor(user=person), user=person, name="test", scope=scope)[1]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def client(moderator):
    return program(moderator)


@pytest.fixture
def other(colleague):
    return program(colleague)


def error(response, status, code):
    assert response.status_code == status, response.content
    assert response.json()["error"]["code"] == code
    return response.json()["error"]


@pytest.mark.parametrize("address", [URL, "/api/v1/reviews/"])
def test_the_desk_is_for_moderators(db, owner, administrator, address):
    assert APIClient().get(address).status_code == 401
    assert "moderators" in error(program(owner).get(address), 403, "permission_denied")["detail"]
    assert program(administrator).get(address).status_code == 200


def test_a_reading_token_reads_and_claims_nothing(waiting, moderator):
    waiting()
    reader = program(moderator, Scope.READ)
    assert reader.get(URL).json()["count"] == 1
    error(reader.post(f"{URL}next/"), 403, "permission_denied")


def test_the_queue_is_listed_oldest_first_and_filtered(waiting, client):
    items = waiting(3)
    QueueItem.objects.filter(pk=items[2].pk).update(reason=Reason.INCONCLUSIVE)
    body = client.get(URL).json()
    assert [row["id"] for row in body["results"]] == [item.pk for item in items]
    assert (body["count"], body["next"], body["previous"]) == (3, None, None)
    row = body["results"][0]
    assert (row["reason"], row["state"], row["claimed_by"], row["review"]) == ("assigned", "open", None, None)
    assert row["upload"]["id"] == str(items[0].upload_id)
    assert client.get(row["upload"]["api"]).status_code == 200
    assert [row["id"] for row in client.get(f"{URL}?reason=inconclusive").json()["results"]] == [items[2].pk]
    error(client.get(f"{URL}?reason=nonsense"), 400, "invalid")


def test_long_lists_have_pages(waiting, client, monkeypatch):
    monkeypatch.setattr("desk.api._SIZE", 2)
    waiting(3)
    first = client.get(f"{URL}?reason=assigned").json()
    second = client.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"])) == (2, 1)
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_claim_look_decide(waiting, client, moderator):
    first, second = waiting(2)
    item = client.post(f"{URL}next/").json()
    assert (item["id"], item["claimed_by"]) == (first.pk, "moderator")
    made = client.post(
        f"{URL}{first.pk}/decide/", {"decision": "manipulated", "note": "Cut", "tags": ["A"]}, format="json"
    )
    assert made.status_code == 201
    body = made.json()
    assert (body["decision"], body["by"], body["tags"], body["occasion"]) == (
        "manipulated",
        "moderator",
        ["a"],
        "queue",
    )
    assert body["machine"]["label"] == "ai_generated"
    assert client.get(f"{URL}{first.pk}/").json()["review"] == body["id"]
    assert client.post(f"{URL}next/").json()["id"] == second.pk
    client.post(f"{URL}{second.pk}/decide/", {"decision": "unsure"}, format="json")
    assert client.post(f"{URL}next/").status_code == 204


def test_next_keeps_to_the_filters_and_goes_on_behind(waiting, client):
    items = waiting(3)
    QueueItem.objects.filter(pk=items[1].pk).update(reason=Reason.INCONCLUSIVE)
    assert client.post(f"{URL}next/?reason=inconclusive").json()["id"] == items[1].pk
    client.post(f"{URL}{items[1].pk}/release/")
    assert client.post(f"{URL}next/", {"after": items[1].pk}, format="json").json()["id"] == items[2].pk
    error(client.post(f"{URL}next/", {"after": 99999}, format="json"), 404, "not_found")
    error(client.post(f"{URL}next/", {"after": "x"}, format="json"), 400, "invalid")


def test_what_another_holds_is_409(waiting, client, other):
    (item,) = waiting()
    client.post(f"{URL}{item.pk}/claim/")
    error(other.post(f"{URL}{item.pk}/claim/"), 409, "taken")
    error(other.post(f"{URL}{item.pk}/decide/", {"decision": "authentic"}, format="json"), 409, "taken")
    client.post(f"{URL}{item.pk}/release/")
    assert other.post(f"{URL}{item.pk}/claim/").status_code == 200


def test_an_expired_claim_is_none(waiting, client, other):
    (item,) = waiting()
    client.post(f"{URL}{item.pk}/claim/")
    expire(item)
    assert other.get(f"{URL}{item.pk}/").json()["claimed_by"] is None


def test_what_was_decided_is_409(waiting, client, other):
    (item,) = waiting()
    client.post(f"{URL}{item.pk}/decide/", {"decision": "authentic"}, format="json")
    error(other.post(f"{URL}{item.pk}/decide/", {"decision": "manipulated"}, format="json"), 409, "not_open")
    assert Review.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [{}, {"decision": "fake"}, {"decision": "authentic", "note": "x" * 2001}, {"decision": "authentic", "tags": "a"}],
)
def test_a_decision_that_cannot_be_meant_is_400(waiting, client, sent):
    (item,) = waiting()
    error(client.post(f"{URL}{item.pk}/decide/", sent, format="json"), 400, "invalid")
    assert fresh(item).state == "open"


def test_an_upload_is_put_into_the_queue(upload, client, colleague):
    sent = {"upload": str(upload.pk), "assigned_to": "colleague"}
    response = client.post(URL, sent, format="json")
    assert (response.status_code, response.json()["assigned_to"]) == (201, "colleague")
    error(client.post(URL, sent | {"assigned_to": "owner"}, format="json"), 400, "invalid_assignee")
    error(client.post(URL, {"upload": "00000000-0000-4000-8000-000000000000"}, format="json"), 404, "not_found")


def test_an_item_is_assigned_and_opened_again(waiting, client, colleague):
    (item,) = waiting()
    assert (
        client.post(f"{URL}{item.pk}/assign/", {"assigned_to": "colleague"}, format="json").json()["assigned_to"]
        == "colleague"
    )
    error(client.post(f"{URL}{item.pk}/claim/"), 403, "not_for_you")
    assert client.post(f"{URL}{item.pk}/assign/", {"assigned_to": None}, format="json").json()["assigned_to"] is None


def test_an_item_is_taken_out_of_the_queue(waiting, client):
    (item,) = waiting()
    assert client.post(f"{URL}{item.pk}/withdraw/").json()["state"] == "withdrawn"
    error(client.post(f"{URL}{item.pk}/withdraw/"), 409, "not_open")


def test_reviews_are_listed_undone_and_asked_about(waiting, client, other):
    (item,) = waiting()
    made = client.post(f"{URL}{item.pk}/decide/", {"decision": "authentic", "tags": ["archive"]}, format="json").json()
    address = f"/api/v1/reviews/{made['id']}/"
    assert client.get(address).json() == made
    for query, count in (("", 1), ("?decision=manipulated", 0), ("?reviewer=moderator", 1), ("?tag=archive", 1),
                         (f"?upload={item.upload_id}", 1)):  # fmt: skip
        assert client.get(f"/api/v1/reviews/{query}").json()["count"] == count, query
    second = client.post(f"{address}second/")
    assert (second.status_code, second.json()["reason"]) == (201, "second")
    error(client.post(f"{URL}{second.json()['id']}/claim/"), 403, "not_for_you")
    error(other.post(f"{address}undo/"), 403, "not_yours")
    assert client.post(f"{address}undo/").json()["undone_at"] is not None
    error(client.post(f"{address}undo/"), 409, "too_late")


@pytest.mark.parametrize("query", ["?upload=x", "?decision=maybe", "?reviewer=%00"])
def test_a_filter_of_reviews_that_cannot_be_meant_is_400(db, client, query):
    error(client.get(f"/api/v1/reviews/{query}"), 400, "invalid")


def test_what_is_not_there_is_404(db, client):
    for address in (f"{URL}1/", "/api/v1/reviews/1/"):
        error(client.get(address), 404, "not_found")
