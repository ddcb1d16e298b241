"""The API of notices and webhooks."""

import uuid

from accounts import tokens
from accounts.audit import SYSTEM
from notices import preferences, signatures
from notices.models import Delivery, Endpoint, Notice

NOTICES, HOOKS = "/api/v1/notices/", "/api/v1/webhooks/"
JSON = "application/json"


def test_notices_are_listed_with_all_that_a_program_wants(as_owner, tell, settings):
    notice = tell(data={"decision": "authentic"})
    body = as_owner.get(NOTICES).json()
    assert (body["unread"], body["next"]) == (1, None)
    [row] = body["results"]
    assert row["link"] == f"{settings.SITE_URL}/uploads/"
    assert (row["id"], row["kind"], row["data"]) == (notice.pk, "review.decided", {"decision": "authentic"})


def test_pages_are_followed_by_next(as_owner, tell):
    for n in range(35):
        tell(text=f"{n}")
    seen, address = [], NOTICES
    while address:
        body = as_owner.get(address).json()
        seen += [row["text"] for row in body["results"]]
        address = body["next"]
    assert seen == [f"{n}" for n in reversed(range(35))]


def test_one_is_read_and_deleted_and_all_are_read(as_owner, tell):
    first, second = tell(), tell()
    assert as_owner.get(f"{NOTICES}{first.pk}/").json()["read_at"] is None
    assert as_owner.post(f"{NOTICES}{first.pk}/read/").json()["read_at"]
    assert [row["id"] for row in as_owner.get(f"{NOTICES}?unread=1").json()["results"]] == [second.pk]
    assert as_owner.post(f"{NOTICES}read/").json() == {"count": 1}
    assert as_owner.delete(f"{NOTICES}{first.pk}/").status_code == 204
    assert Notice.objects.get() == second


def test_a_damaged_page_address_is_refused(as_owner):
    answer = as_owner.get(f"{NOTICES}?before=x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


def test_mails_are_chosen(as_owner, owner):
    assert as_owner.get(f"{NOTICES}settings/").json() == {"email": "off"}
    assert as_owner.patch(f"{NOTICES}settings/", {"email": "daily"}, JSON).json() == {"email": "daily"}
    assert preferences.mailing_of(owner) == "daily"
    assert as_owner.patch(f"{NOTICES}settings/", {"email": "hourly"}, JSON).status_code == 400


def test_a_webhook_is_made_with_a_secret_that_is_told_once(as_owner, receiver):
    answer = as_owner.post(HOOKS, {"url": receiver.url, "kinds": ["case.added"]}, JSON)
    body = answer.json()
    row = Endpoint.objects.get()
    assert (answer.status_code, body["secret"]) == (201, signatures.secret_of(row.seed))
    assert "secret" not in as_owner.get(f"{HOOKS}{row.pk}/").json()
    assert [one["id"] for one in as_owner.get(HOOKS).json()] == [str(row.pk)]


def test_what_cannot_be_gets_the_one_shape_of_error(as_owner, receiver):
    def code(body):
        answer = as_owner.post(HOOKS, body, JSON)
        return answer.status_code, answer.json()["error"]["code"]

    assert code({"url": "http://169.254.169.254/latest/meta-data/"}) == (400, "bad_address")
    assert code({"url": receiver.url, "kinds": ["x"]}) == (400, "invalid")
    assert code({}) == (400, "invalid")
    for _ in range(10):
        as_owner.post(HOOKS, {"url": receiver.url}, JSON)
    assert code({"url": receiver.url}) == (409, "too_many_webhooks")


def test_a_webhook_is_changed_in_part(as_owner, hook):
    body = as_owner.patch(f"{HOOKS}{hook.pk}/", {"active": False}, JSON).json()
    assert (body["active"], body["url"]) == (False, hook.url)
    assert as_owner.patch(f"{HOOKS}{hook.pk}/", {"kinds": ["case.added"]}, JSON).json()["kinds"] == ["case.added"]


def test_rotated_tested_listed_and_sent_again(as_owner, hook, receiver, sweep):
    assert as_owner.post(f"{HOOKS}{hook.pk}/rotate/").json()["secret"] != hook.secret
    made = as_owner.post(f"{HOOKS}{hook.pk}/test/")
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    sweep()
    [row] = as_owner.get(f"{HOOKS}{hook.pk}/deliveries/").json()["results"]
    assert (row["id"], row["state"], row["last_status"], row["next_at"]) == (made.json()["id"], "done", 204, None)
    assert as_owner.post(f"{HOOKS}{hook.pk}/deliveries/again/").json() == {"count": 0}
    assert as_owner.post(f"{HOOKS}{hook.pk}/deliveries/{row['id']}/again/").json() == {"count": 1}
    assert Delivery.objects.get().state == "waiting"


def test_a_webhook_is_removed(as_owner, hook):
    assert as_owner.delete(f"{HOOKS}{hook.pk}/").status_code == 204
    assert Endpoint.objects.count() == 0


def test_of_others_there_is_nothing(as_stranger, as_administrator, hook, tell):
    notice = tell()
    for client in (as_stranger, as_administrator):
        for address in (f"{NOTICES}{notice.pk}/", f"{HOOKS}{hook.pk}/", f"{HOOKS}{hook.pk}/deliveries/"):
            assert client.get(address).status_code == 404
            assert client.delete(address).status_code in (404, 405)
        for act in ("rotate/", "test/", "deliveries/again/", f"deliveries/{uuid.uuid4()}/again/"):
            assert client.post(f"{HOOKS}{hook.pk}/{act}").status_code == 404
        assert client.get(NOTICES).json()["results"] == client.get(HOOKS).json() == []


def test_without_a_token_nothing_and_with_a_reading_one_no_act(client, hook, tell, owner):
    notice = tell()
    assert {client.get(address).status_code for address in (NOTICES, HOOKS)} == {401}
    _, key = tokens.issue(SYSTEM, user=owner, name="r", scope="read")
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    assert client.get(NOTICES, **bearer).status_code == 200
    assert client.post(f"{NOTICES}{notice.pk}/read/", **bearer).status_code == 403
    assert client.post(f"{HOOKS}{hook.pk}/rotate/", **bearer).status_code == 403
