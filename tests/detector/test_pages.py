"""The pages, as a person walks them: with and without a session, with JavaScript and without."""

import importlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent
from detector import originals, samples
from detector.models import Analysis, Upload
from fakedetect_site import health
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def file(data=None, name="picture.jpg"):
    return SimpleUploadedFile(name, image_bytes() if data is None else data, "image/jpeg")


@pytest.fixture
def upload(scorer, as_owner):
    as_owner.post("/upload/", {"image": file()})
    return Upload.objects.get()


@pytest.mark.parametrize("address", ["/", "/help/", "/api/docs/", "/accounts/login/", "/health/live/"])
def test_a_visitor_may_read_what_is_public(db, address):
    assert Client().get(address).status_code == 200


@pytest.mark.parametrize("address", ["/upload/", "/uploads/", "/uploads/00000000-0000-4000-8000-000000000000/"])
def test_a_visitor_is_sent_to_the_log_in(db, address):
    response = Client().get(address)
    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/")


def test_one_file_leads_to_its_verdict(scorer, as_owner):
    response = as_owner.post("/upload/", {"image": file()})
    assert response.status_code == 302
    page = as_owner.get(response.url).content.decode()
    for expected in ("Likely AI-generated", "93\u00a0%", "picture.jpg", Upload.objects.get().original_id):
        assert expected in page


def test_several_files_are_answered_one_by_one(scorer, as_owner):
    response = as_owner.post("/upload/", {"image": [file(), file(b"text", "letter.txt")]})
    page = response.content.decode()
    assert response.status_code == 200
    assert "letter.txt" in page
    assert "no image that can be read" in page
    assert Upload.objects.count() == 1


def test_one_bad_file_is_answered_with_its_status(scorer, as_owner):
    assert as_owner.post("/upload/", {"image": file(b"text")}).status_code == 415


def test_no_file_says_so(scorer, as_owner):
    response = as_owner.post("/upload/", {})
    assert response.status_code == 400
    assert "Choose at least one image." in response.content.decode()


def test_an_empty_file_says_so(scorer, as_owner):
    response = as_owner.post("/upload/", {"image": file(b"")})
    assert response.status_code == 400
    assert "The file is empty." in response.content.decode()


def test_every_sample_can_be_tried(model, as_owner, settings):
    settings.LEDGER = "off"  # what the deep signals find is shown elsewhere, and would take a minute here
    for sample in samples.all_samples():
        response = as_owner.post("/samples/", {"name": sample.name})
        assert response.status_code == 302, sample.name
        assert as_owner.get(f"/samples/{sample.name}/thumbnail/").status_code == 200
    assert set(Analysis.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.parametrize("name", ["", "nothing.jpg", "../manage.py", "samples.py"])
def test_only_samples_can_be_tried(model, as_owner, name):
    assert as_owner.post("/samples/", {"name": name}).status_code == 404
    assert not Upload.objects.exists()


def test_the_history_shows_and_filters(upload, as_owner):
    assert "picture.jpg" in as_owner.get("/uploads/").content.decode()
    assert "picture.jpg" not in as_owner.get("/uploads/?verdict=authentic").content.decode()
    assert as_owner.get("/uploads/?verdict=nonsense").status_code == 200
    assert as_owner.get("/uploads/?cursor=zzz").status_code == 400


def test_the_history_answers_htmx_with_the_list_alone(upload, as_owner):
    part = as_owner.get("/uploads/", headers={"HX-Request": "true"}).content.decode()
    assert "picture.jpg" in part
    assert "<html" not in part


def test_the_history_of_others_is_for_moderators(upload, as_stranger, as_moderator):
    assert "picture.jpg" not in as_stranger.get("/uploads/?all=1").content.decode()
    page = as_moderator.get("/uploads/?all=1").content.decode()
    assert "picture.jpg" in page
    assert "owner" in page


PICTURES = ["image", "preview", "thumbnail", "heatmap"]


@pytest.mark.parametrize("part", ["", *(f"{name}/" for name in PICTURES), "delete/"])
def test_another_persons_upload_is_404(upload, as_stranger, part):
    assert as_stranger.get(f"/uploads/{upload.pk}/{part}").status_code == 404
    assert as_stranger.get(f"/uploads/{uuid.uuid4()}/{part}").status_code == 404


@pytest.mark.parametrize("part", PICTURES)
def test_pictures_are_private_and_typed(upload, as_owner, part):
    response = as_owner.get(f"/uploads/{upload.pk}/{part}/")
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"].startswith("private")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Type"].startswith("image/")


@pytest.mark.parametrize("part", ["image", "preview", "thumbnail"])
def test_a_stored_file_that_is_gone_is_a_404(upload, as_owner, part):
    default_storage.delete(originals.path_of(upload.original_id, "jpg"))
    default_storage.delete(originals.thumbnail_path(upload.original_id))
    assert as_owner.get(f"/uploads/{upload.pk}/{part}/").status_code == 404


def test_a_preview_obeys_the_limits_of_the_settings(upload, as_owner, settings):
    settings.MAX_PIXELS = 10
    response = as_owner.get(f"/uploads/{upload.pk}/preview/")
    assert response.status_code == 413
    assert "megapixels" in response.content.decode()


def test_a_name_cannot_break_out_of_its_header(scorer, as_owner):
    as_owner.post("/upload/", {"image": file(name="x;evil=é'1.jpg")})
    response = as_owner.get(f"/uploads/{Upload.objects.get().pk}/image/")
    assert response["Content-Disposition"].startswith("inline; filename*=UTF-8''x%3Bevil%3D%C3%A9%271.jpg")


def test_a_name_cannot_break_out_of_the_page(scorer, as_owner):
    as_owner.post("/upload/", {"image": file(name="<img src=x onerror=alert(1)>.jpg")})
    page = as_owner.get(f"/uploads/{Upload.objects.get().pk}/").content.decode()
    assert "<img src=x" not in page


def test_a_moderators_look_is_written_down(upload, as_moderator, as_owner):
    as_owner.get(f"/uploads/{upload.pk}/")
    assert not AuditEvent.objects.filter(action="upload.viewed").exists()
    assert as_moderator.get(f"/uploads/{upload.pk}/").status_code == 200
    assert AuditEvent.objects.filter(action="upload.viewed").count() == 1


def test_deleting_asks_first(upload, as_owner):
    assert as_owner.get(f"/uploads/{upload.pk}/delete/").status_code == 200
    assert Upload.objects.exists()
    assert as_owner.post(f"/uploads/{upload.pk}/delete/").url == "/uploads/"
    assert not Upload.objects.exists()


def test_a_moderator_may_look_and_not_delete(upload, as_moderator, as_administrator):
    assert as_moderator.post(f"/uploads/{upload.pk}/delete/").status_code == 404
    assert as_administrator.post(f"/uploads/{upload.pk}/delete/").status_code == 302


def test_a_failed_analysis_says_why_and_can_be_tried_again(upload, as_owner):
    Analysis.objects.update(state="failed", error_code="gave_up", error_detail="It never ended.")
    assert "It never ended." in as_owner.get(f"/uploads/{upload.pk}/").content.decode()
    as_owner.post(f"/uploads/{upload.pk}/retry/")
    assert Analysis.objects.get().state == "done"


def test_a_waiting_analysis_asks_again_by_itself(upload, as_owner):
    Analysis.objects.update(state="queued")
    page = as_owner.get(f"/uploads/{upload.pk}/").content.decode()
    assert "hx-get" in page
    part = as_owner.get(f"/uploads/{upload.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_the_card_of_the_served_model_is_a_page(model, db):
    response = Client().get("/models/", follow=True)
    assert response.status_code == 200
    assert model.version in response.content.decode()
    assert Client().get("/models/0.0/").status_code == 404


def test_without_a_model_a_page_says_so(as_owner):
    response = as_owner.post("/upload/", {"image": file()})
    assert response.status_code == 503
    assert "No model is in service" in response.content.decode()


def test_an_unknown_address_is_a_page(db):
    response = Client().get("/nothing/")
    assert response.status_code == 404
    assert "<html" in response.content.decode()


def test_every_page_carries_a_strict_policy(upload, as_owner):
    for address in ("/upload/", "/uploads/", f"/uploads/{upload.pk}/", "/help/", "/accounts/profile/"):
        policy = as_owner.get(address)["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_readiness_names_what_is_missing(db, model):
    assert Client().get("/health/ready/").json() == {
        "status": "ok",
        "database": True,
        "storage": True,
        "model": True,
    }


def test_readiness_asks_on_the_connection_of_its_own_thread(db, model):
    with ThreadPoolExecutor(1) as pool:  # as if the first request had come in another thread
        pool.submit(lambda: (importlib.reload(health), connection.ensure_connection(), connection.close())).result()
    assert Client().get("/health/ready/").json()["database"] is True


def test_readiness_is_503_without_a_model(db):
    response = Client().get("/health/ready/")
    assert (response.status_code, response.json()["model"]) == (503, False)
