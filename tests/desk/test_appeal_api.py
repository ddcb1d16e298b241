"""The API of appeals."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import tokens
from accounts.audit import SYSTEM
from desk.models import Appeal
from tests.desk.test_appeals import appeal, raw, settle

JSON = "application/json"


def address(upload, *more) -> str:
    return "/".join([f"/api/v1/uploads/{upload.pk}/appeals", *map(str, more), ""])


def test_a_note_alone_is_enough(as_owner, upload):
    answer = as_owner.post(address(upload), {"note": "Mine."}, JSON)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["note"], body["outcome"], body["shown"]) == ("Mine.", "pending", "ai_generated")
    assert (body["attachment"], body["decision"], body["decided_at"]) == (None, None, None)


def test_a_file_comes_back_byte_for_byte_as_a_download(as_owner, upload):
    data = bytes(range(256)) * 50
    body = as_owner.post(address(upload), {"note": "Mine.", "file": SimpleUploadedFile("a.cr3", data)}).json()
    told = body["attachment"]
    assert (told["name"], told["bytes"], told["sha256"]) == ("a.cr3", len(data), hashlib.sha256(data).hexdigest())
    answer = as_owner.get(told["url"])
    assert b"".join(answer.streaming_content) == data
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_file_may_be_larger_than_an_image_may(as_owner, upload, settings):
    settings.MAX_UPLOAD_BYTES, settings.MAX_ATTACHMENT_BYTES = 1000, 5000

    def post(size):
        return as_owner.post(address(upload), {"note": "Mine.", "file": SimpleUploadedFile("a.nef", b"x" * size)})

    assert post(5001).json()["error"]["code"] == "attachment_too_large"
    assert post(4000).status_code == 201


def test_a_token_may_be_used_and_a_reading_one_only_reads(client, upload, owner):
    _, key = tokens.issue(SYSTEM, user=owner, name="w", scope="write")
    _, reading = tokens.issue(SYSTEM, user=owner, name="r", scope="read")
    file = SimpleUploadedFile("a.nef", b"x" * 100)
    refused = client.post(address(upload), {"note": "x"}, JSON, HTTP_AUTHORIZATION=f"Bearer {reading}")
    assert refused.status_code == 403
    made = client.post(address(upload), {"note": "x", "file": file}, HTTP_AUTHORIZATION=f"Bearer {key}")
    assert made.status_code == 201
    assert client.get(address(upload), HTTP_AUTHORIZATION=f"Bearer {reading}").json()[0]["id"] == made.json()["id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({}, 400, "invalid"), ({"note": ""}, 400, "invalid"), ({"note": " "}, 400, "invalid")],
)
def test_what_cannot_be_gets_the_one_shape_of_error(as_owner, upload, body, status, code):
    answer = as_owner.post(address(upload), body, JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_hostile_file_name_is_refused(as_owner, upload):
    boundary = "b"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="../../x.nef"\r\n\r\nx\r\n'
        f"--{boundary}--\r\n"
    )
    answer = as_owner.post(address(upload), body, f"multipart/form-data; boundary={boundary}")
    assert answer.json()["error"]["code"] == "invalid_name"


def test_one_waits_at_a_time_and_is_taken_back_by_deleting(as_owner, upload):
    made = as_owner.post(address(upload), {"note": "Mine."}, JSON).json()
    assert as_owner.post(address(upload), {"note": "Mine."}, JSON).json()["error"]["code"] == "appeal_pending"
    assert as_owner.delete(address(upload, made["id"])).status_code == 204
    assert as_owner.get(address(upload, made["id"])).json()["outcome"] == "withdrawn"
    assert as_owner.delete(address(upload, made["id"])).json()["error"]["code"] == "not_pending"


def test_the_outcome_is_told(as_owner, upload, decided):
    appeal(upload)
    decided(upload, "authentic")
    settle()
    [body] = as_owner.get(address(upload)).json()
    assert (body["outcome"], body["decision"]) == ("overturned", "authentic")
    assert body["decided_at"]


def test_moderators_read_and_do_not_act(as_moderator, upload):
    made = appeal(upload, file=raw())
    assert as_moderator.get(address(upload)).json()[0]["id"] == made.pk
    assert as_moderator.get(address(upload, made.pk, "attachment")).status_code == 200
    assert as_moderator.delete(address(upload, made.pk)).json()["error"]["code"] == "not_yours"
    Appeal.objects.update(outcome="withdrawn")
    assert as_moderator.post(address(upload), {"note": "x"}, JSON).json()["error"]["code"] == "not_yours"


def test_to_strangers_there_is_nothing(as_stranger, client, upload):
    made = appeal(upload, file=raw())
    for more in ((), (made.pk,), (made.pk, "attachment")):
        assert as_stranger.get(address(upload, *more)).status_code == 404
        assert client.get(address(upload, *more)).status_code == 401
    assert as_stranger.post(address(upload), {"note": "x"}, JSON).status_code == 404
    assert as_stranger.delete(address(upload, made.pk)).status_code == 404
