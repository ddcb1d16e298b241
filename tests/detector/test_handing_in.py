"""What a program may say with an upload: its own id, tags, a case, a key that makes it happen once, and patience."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts import tokens
from accounts.audit import Actor
from accounts.models import Scope
from detector import analysis, cases, intake, once, patience
from detector.models import OnceKey, Upload
from tests.detector.test_api_uploads import URL, bearer, error, file
from tests.detector.test_concurrency import at_once
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(scorer, owner):
    return bearer(owner)


def send(client, key=None, image=None, query="", **told):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(URL + query, {"image": image or file(), **told}, headers=headers)


def test_what_is_told_is_kept_and_found_again(client, owner):
    case = cases.make(Actor(user=owner), title="The flood")
    body = send(client, external_id="cms-42", tags=["storm", "press"], case=str(case.pk)).json()
    assert (body["external_id"], sorted(body["tags"])) == ("cms-42", ["press", "storm"])
    assert [item.upload.pk for item in case.items.all()] == [Upload.objects.get().pk]
    send(client, image=file(image_bytes(seed=1)), external_id="cms-4")
    found = client.get(f"{URL}?external_id=cms-42").json()["results"]
    assert [row["id"] for row in found] == [body["id"]]


def test_an_external_id_is_not_unique_and_is_told_to_its_owner_alone(client, as_moderator):
    pks = {send(client, external_id="article-7", image=file(image_bytes(seed=n))).json()["id"] for n in range(2)}
    assert {row["id"] for row in client.get(f"{URL}?external_id=article-7").json()["results"]} == pks
    assert as_moderator.get(f"{URL}{pks.pop()}/").json()["external_id"] is None


@pytest.fixture
def workers(settings, monkeypatch):
    """A site whose verdicts workers give, and none of them is awake."""
    settings.ANALYZE_IN_REQUEST = False
    monkeypatch.setattr("fakedetect_site.doorbell.ring", lambda *_: None)


@pytest.mark.parametrize("told", [{}, {"tags": ["storm", "press"], "external_id": "cms-42"}])
def test_what_was_handed_in_is_told_without_reading_it_and_as_it_reads(workers, client, told, monkeypatch):
    send(client, external_id="earlier", image=file(image_bytes(seed=1)))
    send(client)
    with monkeypatch.context() as patched:
        patched.setattr(Upload.objects.all().__class__, "with_verdicts", None)  # whoever reads it falls over this
        body = send(client, **told).json()  # the same file again: what was seen before is told with it
    read = client.get(f"{URL}{body['id']}/").json()
    assert body.pop("callback") is None
    assert {name: read[name] for name in body} == body
    assert (body["status"], bool(body["duplicate_of"])) == ("queued", True)
    assert body["evidence"][-1]["details"]["copies"]


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"external_id": "x" * 201}, 400, "invalid"),
        ({"external_id": "a\u202eb"}, 400, "invalid_external_id"),
        ({"tags": "one,two"}, 400, "invalid_tags"),
        ({"case": "nothing"}, 400, "invalid"),
        ({"case": "6d3cf0f6-6b8d-4f6a-8d4e-0f6a8d4e0f6a"}, 404, "not_found"),
        ({"callback_url": "http://127.0.0.1/hook"}, 400, "bad_address"),
        ({"callback_url": "ftp://example.org/"}, 400, "bad_address"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(client, told, status, code):
    error(send(client, **told), status, code)
    assert not Upload.objects.exists()


def test_a_case_that_one_may_not_edit_takes_nothing_and_leaves_nothing(client, owner, stranger):
    from detector import case_members

    case = cases.make(Actor(user=stranger), title="Theirs")
    error(send(client, case=str(case.pk)), 404, "not_found")
    case_members.add(Actor(user=stranger), case=case, username="owner", role="viewer")
    error(send(client, case=str(case.pk)), 403, "forbidden")
    assert not Upload.objects.exists()


@pytest.mark.parametrize("key", ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_a_request_sent_again_makes_nothing_new_and_says_so(client, key):
    first = send(client, key, external_id="a")
    again = send(client, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', external_id="a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert (first.headers.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("other", [{"external_id": "b"}, {"image": 1}, {"name": 1}])
def test_a_key_with_another_content_is_422(client, other):
    send(client, "key-1", external_id="a")
    name = "other.jpg" if "name" in other else "picture.jpg"
    image = file(image_bytes(seed=1)) if "image" in other else file(name=name)
    error(send(client, "key-1", image=image, external_id=other.get("external_id", "a")), 422, "idempotency_key_reused")
    assert Upload.objects.count() == 1


def test_keys_of_two_programs_of_one_person_do_not_meet(client, owner):
    send(client, "key-1")
    other = bearer(owner)
    assert send(other, "key-1", image=file(image_bytes(seed=1))).status_code == 201
    assert Upload.objects.count() == 2


@pytest.mark.parametrize("key", ['""', "a b", '"open', "ü", "x" * 256])
def test_a_key_that_is_none_is_400(client, key):
    response = client.post(URL, {"image": file()}, HTTP_IDEMPOTENCY_KEY=key)
    error(response, 400, "invalid_idempotency_key")


def test_a_refused_request_frees_its_key(client):
    error(send(client, "key-1", image=file(b"no image")), 415, "not_an_image")
    assert send(client, "key-1").status_code == 201


def test_of_many_requests_with_one_key_one_is_done(scorer, owner):
    """Those that come while the first is under way are told to wait; those that come later get its answer."""
    _, key = tokens.issue(Actor(user=owner), user=owner, name="test", scope=Scope.WRITE)
    from django.test import Client

    def act(_):
        return send(Client(headers={"Authorization": f"Bearer {key}"}), "key-1")

    answers = at_once(act, range(12))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    for answer in answers:
        if answer.status_code == 409:
            error(answer, 409, "idempotency_key_in_use")
            assert answer["Retry-After"] == "1"
    assert Upload.objects.count() == 1


def test_a_process_that_died_leaves_the_key_to_the_next(client, owner):
    actor = Actor(user=owner)
    turn = once.begin(actor, person=owner, key="k", fingerprint="f")
    with pytest.raises(once.Refused, match="still being done"):
        once.begin(actor, person=owner, key="k", fingerprint="f")
    OnceKey.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    heir = once.begin(actor, person=owner, key="k", fingerprint="f")
    heir.settle()
    with pytest.raises(once.Refused):
        turn.settle()


def test_the_slow_first_request_that_lost_its_turn_keeps_nothing(client, owner, monkeypatch):
    taken = intake.originals.keep

    def slow(*parts):
        taken(*parts)
        OnceKey.objects.update(attempts=2)  # another took it over meanwhile

    monkeypatch.setattr(intake.originals, "keep", slow)
    error(send(client, "key-1"), 409, "idempotency_key_in_use")
    assert not Upload.objects.exists()


def test_what_was_deleted_since_is_410(client):
    pk = send(client, "key-1").json()["id"]
    client.delete(f"{URL}{pk}/")
    error(send(client, "key-1"), 410, "idempotency_key_spent")


def test_keys_are_forgotten_after_a_day(client):
    send(client, "old")
    OnceKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert send(client, "old", image=file(image_bytes(seed=1))).status_code == 201  # even before the round
    OnceKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    send(client, "new")
    call_command("sweep")
    assert [row.key for row in OnceKey.objects.all()] == ["new"]


@pytest.mark.parametrize("wait", ["x", "-1", "31", "1.5", "²"])
def test_a_wait_that_cannot_be_meant_is_400(client, wait):
    error(send(client, query=f"?wait={wait}"), 400, "invalid")


@pytest.fixture
def later(monkeypatch):
    """Analyses are run when the test says so, as by a worker."""
    left = []
    monkeypatch.setattr(analysis, "ring", lambda row, picture=None: left.append(row.pk))
    return lambda: [analysis.run(analysis.queued(pk)) for pk in left]


def test_who_waits_gets_the_verdict_when_it_is_there(client, later):
    def work():
        time.sleep(0.3)
        later()
        from django.db import connection

        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    body = send(client, query="?wait=20")
    thread.join(20)
    assert (body.status_code, body.json()["status"]) == (201, "done")
    assert "Retry-After" not in body


def test_who_waits_in_vain_is_told_to_ask_again(client, later):
    response = send(client, query="?wait=0")
    assert (response.status_code, response.json()["status"], response["Retry-After"]) == (202, "queued", "2")
    pk = response.json()["id"]
    assert client.get(f"{URL}{pk}/?wait=0")["Retry-After"] == "2"
    later()
    assert client.get(f"{URL}{pk}/?wait=5").json()["status"] == "done"


def test_so_many_may_wait_and_the_others_are_answered_at_once(client, later, settings):
    settings.HELD_REQUESTS = 1
    with patience.seat() as granted:
        assert granted
        begun = time.monotonic()
        assert send(client, query="?wait=20").status_code == 202
        assert time.monotonic() - begun < 5
    with patience.seat() as granted:
        assert granted
