"""/api/v1/uploads/: every answer has its shape, every refusal its code."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import tokens
from accounts.audit import SYSTEM
from accounts.models import AuditEvent, Scope
from detector.models import Upload
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/uploads/"


def file(data=None, name="picture.jpg"):
    return SimpleUploadedFile(name, image_bytes() if data is None else data, "image/jpeg")


def bearer(user, scope=Scope.WRITE):
    _, key = tokens.issue(SYSTEM, user=user, name="test", scope=scope)
    return Client(headers={"Authorization": f"Bearer {key}"})


def error(response, status, code):
    assert response.status_code == status, response.content
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "detail", "fields"}
    assert body["error"]["code"] == code
    assert body["error"]["detail"].endswith((".", "?"))


def test_a_token_uploads_and_gets_the_scored_object(scorer, owner):
    response = bearer(owner).post(URL, {"image": file()})
    assert response.status_code == 201
    body = response.json()
    assert body["status"] == "done"
    assert body["file"] | {"sha256": ""} == {
        "name": "picture.jpg", "sha256": "", "bytes": len(image_bytes()), "format": "JPEG", "width": 320, "height": 240,
    }  # fmt: skip
    assert body["verdict"]["label"] == "ai_generated"
    assert sum(body["verdict"]["probabilities"].values()) == pytest.approx(1)
    assert body["evidence"][0]["signal"] == "stability"
    assert body["error"] is None
    assert response["Location"] == body["links"]["api"]


def test_every_address_of_the_object_answers(scorer, owner):
    client = bearer(owner)
    body = client.post(URL, {"image": file()}).json()
    assert client.get(body["links"]["api"]).json() | {"callback": None} == body
    for name in ("image", "preview", "thumbnail"):
        assert client.get(body["links"][name]).status_code in (200, 302)  # pages want a session
    picture = client.get(f"{URL}{body['id']}/heatmap/")
    assert picture["Content-Type"] == "image/png"
    assert client.get(f"{URL}{body['id']}/image/").getvalue() == image_bytes()


def test_a_session_may_use_the_api_too(scorer, as_owner):
    assert as_owner.post(URL, {"image": file()}).status_code == 201


def test_a_session_needs_the_csrf_token(scorer, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    error(client.post(URL, {"image": file()}), 403, "permission_denied")
    assert not Upload.objects.exists()


def test_strangers_are_told_to_log_in(db):
    response = Client().post(URL, {"image": file()})
    error(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"
    error(Client(headers={"Authorization": "Bearer fd_wrong_key"}).get(URL), 401, "authentication_failed")


def test_a_read_only_token_reads_and_does_not_write(scorer, owner, as_owner):
    pk = as_owner.post(URL, {"image": file()}).json()["id"]
    client = bearer(owner, Scope.READ)
    assert client.get(f"{URL}{pk}/").status_code == 200
    error(client.post(URL, {"image": file()}), 403, "permission_denied")
    error(client.delete(f"{URL}{pk}/"), 403, "permission_denied")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"not an image", 415, "not_an_image"),
        (b"8BPS\0\1" + bytes(40), 415, "unsupported_format"),
        (image_bytes()[:3000], 400, "truncated"),
        (image_bytes() + b"%PDF-1.4", 400, "polyglot"),
    ],
)
def test_a_bad_file_gets_a_code_and_a_sentence(scorer, as_owner, data, status, code):
    error(as_owner.post(URL, {"image": file(data)}), status, code)
    assert not Upload.objects.exists()


def test_a_bomb_is_413(scorer, as_owner, settings):
    settings.MAX_PIXELS = 50_000
    error(as_owner.post(URL, {"image": file()}), 413, "too_many_pixels")


def test_a_file_over_the_limit_is_413_and_is_thrown_away_while_it_arrives(scorer, as_owner, settings):
    settings.MAX_UPLOAD_BYTES = 5_000
    error(as_owner.post(URL, {"image": file(image_bytes(width=900, height=900))}), 413, "file_too_large")
    assert not Upload.objects.exists()


def test_a_body_that_no_upload_can_have_is_413_before_it_is_read(scorer, as_owner, settings):
    settings.MAX_BODY_BYTES = 1_000
    error(as_owner.post(URL, {"image": file()}), 413, "request_too_large")


def test_no_file_is_400(scorer, as_owner):
    error(as_owner.post(URL, {}), 400, "no_file")
    error(as_owner.post(URL, {"image": "a string"}), 400, "no_file")
    error(as_owner.post(URL, {"picture": file()}), 400, "no_file")


def test_another_content_type_is_415(scorer, as_owner):
    error(as_owner.post(URL, "image=x", "application/x-www-form-urlencoded"), 415, "unsupported_media_type")


def test_a_broken_multipart_body_is_400(scorer, as_owner):
    error(as_owner.generic("POST", URL, b"rubbish", "multipart/form-data"), 400, "parse_error")


@pytest.mark.parametrize("name", ["../../etc/passwd.jpg", "a/b.jpg", "a\\b.jpg"])
def test_a_name_with_path_parts_is_400(scorer, as_owner, name):
    boundary = "xxBOUNDARYxx"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
    body = head.encode() + image_bytes() + f"\r\n--{boundary}--\r\n".encode()
    response = as_owner.generic("POST", URL, body, f"multipart/form-data; boundary={boundary}")
    error(response, 400, "invalid_name")
    assert not Upload.objects.exists()


def test_every_hostile_file_gets_an_answer_and_never_a_500(scorer, as_owner, shared_data):
    as_owner.raise_request_exception = False
    for path in sorted((shared_data / "fixtures" / "hostile").iterdir()):
        response = as_owner.post(URL, {"image": file(path.read_bytes(), "hostile.bin")})
        assert response.status_code in (201, 400, 413, 415), (path.name, response.content)
        if response.status_code != 201:
            assert response.json()["error"]["code"], path.name


def test_the_list_shows_ones_own_newest_first(scorer, owner, as_owner, as_stranger):
    ids = [as_owner.post(URL, {"image": file(image_bytes(seed=n))}).json()["id"] for n in range(3)]
    as_stranger.post(URL, {"image": file()})
    body = as_owner.get(URL).json()
    assert [row["id"] for row in body["results"]] == ids[::-1]
    assert body["next"] is None
    assert body["previous"] is None


def test_the_list_turns_pages(scorer, as_owner, monkeypatch):
    from detector import paging

    ids = [as_owner.post(URL, {"image": file(image_bytes(seed=n))}).json()["id"] for n in range(3)]
    monkeypatch.setattr(paging.page, "__defaults__", ("", 2))
    first = as_owner.get(URL).json()
    second = as_owner.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == ids[::-1]
    assert as_owner.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("verdict=ai_generated", 2), ("verdict=authentic", 0), ("status=done", 2), ("status=failed", 0),
        ("name=beach", 1), ("after=2020-01-01", 2), ("before=2020-01-01", 0), ("sha256=zz", 0),
        ("after=7d", 2), ("before=7d", 0), ("q=beach", 1), ("q=beach+dog", 0), ("q=be", 1), ("q=og", 0),
    ],
)  # fmt: skip
def test_the_list_is_filtered(scorer, as_owner, query, count):
    as_owner.post(URL, {"image": file(name="Beach.jpg")})
    as_owner.post(URL, {"image": file(image_bytes(seed=1), name="dog.jpg")})
    assert len(as_owner.get(f"{URL}?{query}").json()["results"]) == count


@pytest.mark.parametrize(
    "query", ["verdict=maybe", "after=yesterday", "after=7", "sort=best", "model=0.0", "cursor=zzz"]
)
def test_a_filter_that_cannot_be_meant_is_400(scorer, as_owner, query):
    assert as_owner.get(f"{URL}?{query}").status_code == 400


def test_the_list_goes_either_way_in_time(scorer, as_owner):
    for seed in range(2):
        as_owner.post(URL, {"image": file(image_bytes(seed=seed), name=f"{seed}.jpg")})
    newest, oldest = (
        [row["file"]["name"] for row in as_owner.get(f"{URL}?sort={sort}").json()["results"]]
        for sort in ("newest", "oldest")
    )
    assert newest == ["1.jpg", "0.jpg"]
    assert oldest == newest[::-1]


def test_the_search_finds_own_notes_and_tags_and_nobody_elses(scorer, as_owner, as_moderator):
    pk = as_owner.post(URL, {"image": file()}).json()["id"]
    Upload.objects.filter(pk=pk).update(note="the harbour at dawn", tag_words="flood")
    for word in ("harbour", "flood"):
        assert len(as_owner.get(f"{URL}?q={word}").json()["results"]) == 1
        assert as_moderator.get(f"{URL}?all=1&q={word}").json()["results"] == []
    assert len(as_owner.get(f"{URL}?q={pk}").json()["results"]) == 1


def test_the_list_costs_the_same_queries_for_one_and_for_many(scorer, as_owner, django_assert_max_num_queries):
    for n in range(5):
        as_owner.post(URL, {"image": file(image_bytes(seed=n))})
    with django_assert_max_num_queries(8):
        assert len(as_owner.get(URL).json()["results"]) == 5


def test_another_persons_upload_is_404(scorer, as_owner, as_stranger):
    pk = as_owner.post(URL, {"image": file()}).json()["id"]
    for address in (f"{URL}{pk}/", f"{URL}{pk}/heatmap/", f"{URL}{pk}/image/"):
        error(as_stranger.get(address), 404, "not_found")
    error(as_stranger.delete(f"{URL}{pk}/"), 404, "not_found")
    error(as_stranger.get(f"{URL}{uuid.uuid4()}/"), 404, "not_found")
    assert Upload.objects.filter(pk=pk).exists()


@pytest.mark.parametrize("pk", ["null,null", "1", "0" * 40, "%00", "..%2f.."])
@pytest.mark.parametrize("part", ["", "heatmap/", "image/"])
def test_an_id_that_is_none_is_404(as_owner, pk, part):
    error(as_owner.get(f"{URL}{pk}/{part}"), 404, "not_found")


def test_a_moderator_sees_it_and_the_view_is_written_down(scorer, as_owner, as_moderator, moderator):
    pk = as_owner.post(URL, {"image": file()}).json()["id"]
    assert as_moderator.get(f"{URL}{pk}/").json()["owner"] == "owner"
    assert AuditEvent.objects.get(action="upload.viewed").actor == f"user:{moderator.pk}"
    error(as_moderator.delete(f"{URL}{pk}/"), 403, "permission_denied")
    assert len(as_moderator.get(f"{URL}?all=1").json()["results"]) == 1
    assert as_moderator.get(URL).json()["results"] == []


def test_all_means_nothing_to_others(scorer, as_owner, as_stranger):
    as_owner.post(URL, {"image": file()})
    assert as_stranger.get(f"{URL}?all=1").json()["results"] == []


def test_the_owner_deletes_it(scorer, as_owner):
    pk = as_owner.post(URL, {"image": file()}).json()["id"]
    assert as_owner.delete(f"{URL}{pk}/").status_code == 204
    error(as_owner.get(f"{URL}{pk}/"), 404, "not_found")


def test_without_a_model_the_answer_is_503(as_owner):
    error(as_owner.post(URL, {"image": file()}), 503, "no_model")
    assert not Upload.objects.exists()


@pytest.mark.parametrize("fields", [{f"f{number}": "x" for number in range(1_001)}, {"tags": "x" * 2_700_000}])
@pytest.mark.parametrize("address", [URL, f"{URL}search/", "/api/v1/batches/"])
def test_more_fields_or_text_than_a_form_has_are_a_broken_body(as_owner, address, fields):
    error(as_owner.post(address, {"image": file(), **fields}), 400, "parse_error")


def test_methods_that_do_not_exist_are_405(as_owner):
    error(as_owner.put(URL), 405, "method_not_allowed")


def test_an_unknown_address_of_the_api_answers_in_the_same_shape(db):
    error(Client().get("/api/v1/nothing/"), 404, "not_found")


def test_me_tells_who_asks(owner):
    body = bearer(owner, Scope.READ).get("/api/v1/me/").json()
    assert (body["username"], body["role"]) == ("owner", "user")
    assert body["token"]["scope"] == "read"
    assert "digest" not in body["token"]


def test_models_lists_the_served_one_with_its_card(model, as_owner):
    body = as_owner.get("/api/v1/models/").json()
    assert [(row["version"], row["current"]) for row in body] == [(model.version, True)]
    assert body[0]["card"]["classes"][0] == "authentic"


def test_the_schema_is_complete(db, capsys):
    from django.core.management import call_command

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
    assert "Warning" not in capsys.readouterr().err
