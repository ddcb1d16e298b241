"""Files that go to the store past the site: what is announced is what is taken, once, by its owner, in time."""

import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import cases, direct, intake, integrity
from detector.models import DirectUpload, OnceKey, Upload
from tests import store
from tests.conftest import logged_in
from tests.detector.test_api_uploads import URL, bearer, error
from tests.detector.test_concurrency import at_once
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)
DATA = image_bytes(seed=5)


@pytest.fixture(scope="module")
def server():
    with store.bucket() as (bucket, told):
        yield bucket, told["AWS_S3_ENDPOINT_URL"]


@pytest.fixture
def bucket(server, settings):
    """The site keeps its files in the bucket, which is empty."""
    bucket, address = server
    keys = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}
    s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": "pictures", "endpoint_url": address}}
    s3["OPTIONS"] |= keys
    settings.S3_BUCKET, settings.STORAGES = "pictures", settings.STORAGES | {"default": s3}
    bucket.objects.delete()
    return bucket


@pytest.fixture
def client(scorer, owner):
    return bearer(owner)


def told(data=DATA, **other):
    digest = hashlib.sha256(data).hexdigest()
    return {"name": "sent.jpg", "size": len(data), "sha256": digest, "type": "image/jpeg"} | other


def begin(client, **what):
    return client.post(f"{URL}direct/", told(**what), content_type="application/json")


def announced(client, **what):
    answer = begin(client, **what)
    assert answer.status_code == 201, answer.content
    return answer.json()


def send(ticket, data=DATA):
    sent = requests.request(ticket["method"], ticket["url"], headers=ticket["headers"], data=data, timeout=60)
    assert sent.status_code == 200, sent.text


def complete(client, ticket, key=None, query="", **particulars):
    headers = {"Idempotency-Key": key} if key else {}
    path = urlsplit(ticket["complete"]).path + query
    return client.post(path, particulars, content_type="application/json", headers=headers)


def lying(bucket):
    return {entry.key for entry in bucket.objects.all() if entry.key.startswith("direct/")}


def test_what_is_sent_becomes_an_upload_as_any_other(bucket, client, owner):
    case = cases.make(Actor(user=owner), title="The flood")
    ticket = announced(client)
    send(ticket)
    answer = complete(client, ticket, query="?wait=5", external_id="cms-42", tags=["press"], case=str(case.pk))
    body = answer.json()
    assert (answer.status_code, body["status"], body["file"]["name"]) == (201, "done", "sent.jpg")
    assert (body["external_id"], body["tags"], body["file"]["sha256"]) == ("cms-42", ["press"], told()["sha256"])
    assert answer["Location"] == body["links"]["api"]
    assert [str(item.upload.pk) for item in case.items.all()] == [body["id"]]
    assert client.get(f"{URL}{body['id']}/image/").getvalue() == DATA
    assert lying(bucket) == set()
    assert list(integrity.faults(digests=True)) == []
    assert {"direct.announced", "upload.created"} <= set(AuditEvent.objects.values_list("action", flat=True))


def test_the_address_is_good_for_these_bytes_alone_and_for_a_short_while(bucket, client, settings):
    ticket = announced(client)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(ticket["url"]).query).items()}
    assert urlsplit(ticket["url"]).path == f"/pictures/direct/{ticket['id']}"
    signed = set(asked["X-Amz-SignedHeaders"].split(";"))
    assert signed == {"content-length", "content-type", "host", "x-amz-checksum-sha256"}
    assert int(asked["X-Amz-Expires"]) == settings.DIRECT_SECONDS
    assert set(ticket["headers"]) == {"Content-Type", "x-amz-checksum-sha256"}
    other = {one["url"].partition("X-Amz-Signature=")[2] for one in (ticket, announced(client, data=DATA + b"!"))}
    assert len(other) == 2


def test_the_store_may_be_known_outside_by_another_address(bucket, client, settings):
    settings.DIRECT_ENDPOINT = "https://store.example.org"
    assert announced(client)["url"].startswith("https://store.example.org/pictures/direct/")


def test_a_site_that_keeps_its_files_in_a_folder_says_where_to_send_them(client):
    error(begin(client), 403, "direct_off")
    assert "/api/v1/uploads/" in begin(client).json()["error"]["detail"]
    assert not DirectUpload.objects.exists()


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ({"size": 0}, 400, "invalid"),
        ({"sha256": "A" * 64}, 400, "invalid"),
        ({"type": "text/html"}, 400, "invalid"),
        ({"name": "../x.jpg"}, 400, "invalid_name"),
        ({"size": 25_000_001}, 413, "file_too_large"),
    ],
)
def test_what_cannot_become_an_upload_is_refused_before_it_is_sent(bucket, client, what, status, code):
    error(begin(client, **what), status, code)
    assert not DirectUpload.objects.exists()


@pytest.mark.parametrize(
    ("sent", "what", "status", "code"),
    [
        (None, {}, 409, "direct_missing"),
        (DATA[:-1], {}, 422, "wrong_size"),
        (bytes(len(DATA)), {}, 422, "wrong_digest"),
        (b"no image", {"data": b"no image"}, 415, "not_an_image"),
        (DATA, {"type": "image/png"}, 415, "wrong_type"),
    ],
)
def test_what_arrived_must_be_what_was_announced(bucket, client, sent, what, status, code):
    """A store that does not hold to what is signed changes nothing: the site looks itself."""
    ticket = announced(client, **what)
    if sent is not None:
        bucket.put_object(Key=f"direct/{ticket['id']}", Body=sent)
    error(complete(client, ticket), status, code)
    assert not Upload.objects.exists()
    assert {entry.key for entry in bucket.objects.all()} <= {f"direct/{ticket['id']}"}


def test_after_a_refusal_it_may_be_sent_once_more(bucket, client):
    ticket = announced(client)
    bucket.put_object(Key=f"direct/{ticket['id']}", Body=bytes(len(DATA)))
    error(complete(client, ticket, "key-1"), 422, "wrong_digest")
    send(ticket)
    assert complete(client, ticket, "key-1").status_code == 201


def test_two_names_of_one_type_are_one(bucket, client):
    heif = image_bytes("HEIF", seed=2)
    ticket = announced(client, data=heif, name="x.heic", type="image/heif")
    bucket.put_object(Key=f"direct/{ticket['id']}", Body=heif)
    assert complete(client, ticket).json()["file"]["format"] == "HEIF"


def test_what_somebody_else_announced_is_not_there(bucket, client, stranger, as_moderator):
    ticket = announced(client)
    send(ticket)
    error(complete(bearer(stranger), ticket), 404, "not_found")
    error(complete(as_moderator, ticket), 404, "not_found")
    assert not Upload.objects.exists()


def test_what_expired_is_not_taken_and_is_swept(bucket, client):
    ticket = announced(client)
    send(ticket)
    DirectUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    error(complete(client, ticket), 410, "direct_expired")
    assert lying(bucket) == {f"direct/{ticket['id']}"}
    direct.sweep()
    assert (lying(bucket), DirectUpload.objects.count()) == (set(), 0)
    error(complete(client, ticket), 404, "not_found")


def test_what_is_sent_after_the_row_is_gone_is_swept_too_and_what_waits_stays(bucket, client):
    late, waiting = announced(client), announced(client)
    DirectUpload.objects.filter(pk=late["id"]).delete()
    send(late)
    send(waiting)
    assert [fault for fault in integrity.faults() if "direct/" in fault] == [f"direct/{late['id']} has no row"]
    direct.sweep()
    assert lying(bucket) == {f"direct/{waiting['id']}"}


def test_completed_twice_it_is_taken_once(bucket, client):
    ticket = announced(client)
    send(ticket)
    first, again = complete(client, ticket, tags=["press"]), complete(client, ticket, tags=["other"])
    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert again.json() == first.json()
    assert Upload.objects.count() == 1


def test_a_key_is_done_once_and_settled_also_by_what_was_taken_before(bucket, client):
    ticket = announced(client)
    send(ticket)
    made = [complete(client, ticket, key).json()["id"] for key in ("key-1", "key-1", "key-2", "key-2")]
    assert len(set(made)) == 1
    assert [row.done for row in OnceKey.objects.all()] == [True, True]
    error(complete(client, ticket, "key-1", external_id="b"), 422, "idempotency_key_reused")


def test_of_many_that_complete_at_once_one_takes_it(bucket, client, owner, scorer):
    ticket = announced(client)
    send(ticket)
    answers = at_once(lambda _: complete(logged_in(owner), ticket), range(6))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert Upload.objects.count() == 1


def test_limits_hold_when_it_is_announced_and_when_it_is_taken(bucket, client, settings):
    first, second = announced(client), announced(client)
    settings.LIMITS = settings.LIMITS | {"uploads_per_day": 1}
    for ticket in (first, second):
        send(ticket)
    assert complete(client, first).status_code == 201
    error(complete(client, second), 429, "limit_reached")
    error(begin(client), 429, "limit_reached")
    assert lying(bucket) == {f"direct/{second['id']}"}
    settings.LIMITS = settings.LIMITS | {"uploads_per_day": 0}
    assert complete(client, second).status_code == 201


def test_only_so_many_wait_of_one_person(bucket, client, stranger, monkeypatch):
    monkeypatch.setattr(direct, "AT_ONCE", 1)
    ticket = announced(client)
    error(begin(client), 409, "too_many_direct")
    assert begin(bearer(stranger)).status_code == 201
    send(ticket)
    complete(client, ticket)
    assert begin(client).status_code == 201


def test_with_an_account_or_an_upload_goes_what_was_announced(bucket, client, owner):
    ticket, left = announced(client), announced(client)
    send(ticket)
    intake.delete(Actor(user=owner), upload=Upload.objects.get(pk=complete(client, ticket).json()["id"]))
    assert [str(row.pk) for row in DirectUpload.objects.all()] == [left["id"]]
    send(left)
    owner.delete()
    assert lying(bucket) == set()
