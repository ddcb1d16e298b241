"""Findings on their way to a reader: their pictures, and what only an owner may read."""

import json
import re
import uuid

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.audit import Actor
from detector import intake, ledger_rows, pictures, report, sentences
from detector.models import Analysis, Finding, Upload
from ml import serve
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG of a camera"
CAMERA = serve.Finding(
    "camera", "silent", "A camera wrote this file.",
    {"make": "Kamera", "gps": {"latitude": 52.5}, "tags": [{"lens": "50 mm", "private": {"serial": "12345"}}]},
    PNG,
)  # fmt: skip
SECOND = serve.Finding("camera", "silent", "Its preview differs.", {}, b"\x89PNG of a preview")


@pytest.fixture
def upload(scorer, as_owner):
    scorer.deep = (CAMERA, SECOND)
    as_owner.post("/upload/", {"image": SimpleUploadedFile("a.jpg", image_bytes(), "image/jpeg")})
    return Upload.objects.get()


def row_of(body, place=1):
    return body["evidence"][place]


def test_every_picture_has_an_address_that_answers(upload, as_owner):
    body = as_owner.get(f"/api/v1/uploads/{upload.pk}/").json()
    assert body["evidence"][0]["picture"] is None
    addresses = [row["picture"] for row in body["evidence"] if row["signal"] == "camera"]
    assert [address.rsplit("/", 1)[1] for address in addresses] == ["camera.png", "camera-2.png"]
    assert [as_owner.get(address).content for address in addresses] == [PNG, SECOND.picture]


@pytest.mark.parametrize("address", ["/uploads/{}/evidence/camera.png", "/api/v1/uploads/{}/evidence/camera/"])
def test_a_picture_is_for_whoever_may_see_the_upload(upload, as_owner, as_moderator, as_stranger, client, address):
    address = address.format(upload.pk)
    for reader in (as_owner, as_moderator):
        response = reader.get(address)
        assert (response.status_code, response.content, response["Content-Type"]) == (200, PNG, "image/png")
        assert response["Cache-Control"].startswith("private")
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
    assert as_stranger.get(address).status_code == 404
    assert client.get(address).status_code in (302, 401)


@pytest.mark.parametrize("name", ["stability", "camera-3", "nothing"])
def test_a_picture_that_is_not_there_is_a_404(upload, as_owner, name):
    assert as_owner.get(f"/uploads/{upload.pk}/evidence/{name}.png").status_code == 404
    assert as_owner.get(f"/api/v1/uploads/{upload.pk}/evidence/{name}/").status_code == 404


def test_a_stored_picture_that_is_gone_is_a_404(upload, as_owner):
    default_storage.delete(Finding.objects.exclude(picture="").first().picture)
    assert as_owner.get(f"/uploads/{upload.pk}/evidence/camera.png").status_code == 404


def test_pictures_go_with_their_upload(upload, owner, tmp_path):
    folder = tmp_path / "media" / "evidence"
    assert len(list(folder.rglob("*.png"))) == 2
    intake.delete(Actor(user=owner), upload=upload)
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert not (tmp_path / "media" / pictures.folder_of(upload.pk)).exists()


def test_two_uploads_of_one_file_keep_a_picture_each(upload, owner):
    copy = intake.submit(Actor(user=owner), owner=owner, name="b.jpg", data=image_bytes())
    intake.delete(Actor(user=owner), upload=upload)
    kept = pictures.named(Analysis.objects.get().findings.all())
    assert pictures.read(kept["camera"]) == PNG
    assert str(copy.pk) in kept["camera"].picture


def test_forgetting_what_was_never_kept_is_no_error(db):
    pictures.forget(uuid.uuid4())


def test_the_owner_reads_all_of_it(upload, as_owner):
    details = row_of(as_owner.get(f"/api/v1/uploads/{upload.pk}/").json())["details"]
    assert details == dict(CAMERA.details)
    assert "52.5" in as_owner.get(f"/uploads/{upload.pk}/").content.decode()


def test_a_moderator_reads_neither_place_nor_serial_number(upload, as_moderator):
    body = as_moderator.get(f"/api/v1/uploads/{upload.pk}/").json()
    assert row_of(body)["details"] == {"make": "Kamera", "tags": [{"lens": "50 mm"}]}
    listed = as_moderator.get("/api/v1/uploads/?all=1").json()["results"][0]
    assert row_of(listed)["details"] == row_of(body)["details"]
    page = as_moderator.get(f"/uploads/{upload.pk}/").content.decode()
    assert "Kamera" in page
    told = re.sub(r"\d\d:\d\d:[\d.]+", "", page + json.dumps(body))  # a second may be 52.5 by chance
    for private in ("52.5", "12345"):
        assert private not in told


def test_without_a_reader_nothing_private_is_told(upload):
    assert "gps" not in row_of(report.of_upload(upload))["details"]


def test_details_are_made_fit_for_every_data_base():
    given = {"a": "x\0y\udc80", "b": float("nan"), "c": (np.float32(0.5), np.int64(3), True), 4: None}
    assert sentences.storable(given) == {"a": "xy?", "b": None, "c": [0.5, 3, True], "4": None}
    with pytest.raises(TypeError, match="bytes"):
        sentences.storable({"raw": b"x"})


def test_a_sentence_that_is_too_long_is_cut(upload):
    long = serve.Finding("noise", "silent", "x" * 900)
    (row,) = ledger_rows.kept(Analysis.objects.get(), [long], start=7)
    assert (len(row.summary), row.position, row.picture) == (500, 7, "")


def test_the_card_of_the_model_is_not_read_for_a_report(upload, owner):
    """It is a hundred kilobytes of JSON, and is kept once a process."""
    read = Upload.objects.with_verdicts().get(pk=upload.pk)
    report.of_upload(read, reader=owner, copies=True)
    assert read.latest.model.get_deferred_fields() == {"card"}
