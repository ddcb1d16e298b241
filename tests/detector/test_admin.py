"""The admin: moderators look, administrators delete through the service, nobody edits a verdict."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from detector.models import Analysis, ModelVersion, Original, Upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upload(submit, owner):
    return submit(owner, name="harbour.jpg")


def address(row, act="change"):
    return f"/admin/detector/{row._meta.model_name}/{row.pk}/{act}/"


def test_people_without_a_role_stay_outside(upload, as_owner):
    assert as_owner.get("/admin/detector/upload/").status_code == 302
    assert Client().get("/admin/detector/upload/").status_code == 302


def test_a_moderator_finds_an_upload_and_sees_its_verdict(upload, as_moderator):
    page = as_moderator.get("/admin/detector/upload/?q=harbour").content.decode()
    assert "harbour.jpg" in page
    assert "Likely AI-generated" in page
    assert "harbour.jpg" not in as_moderator.get("/admin/detector/upload/?q=mountain").content.decode()
    assert "harbour.jpg" in as_moderator.get(f"/admin/detector/upload/?q={upload.original_id[:12]}").content.decode()


def test_looking_at_an_upload_is_written_down_once(upload, as_moderator, moderator):
    assert as_moderator.get(address(upload)).status_code == 200
    assert AuditEvent.objects.get(action="upload.viewed").actor == f"user:{moderator.pk}"


def test_an_analysis_shows_its_evidence(upload, as_moderator):
    assert "The verdict held." in as_moderator.get(address(upload.analyses.get())).content.decode()


@pytest.mark.parametrize("kind", [Upload, Analysis, ModelVersion])
def test_nobody_adds_or_changes_anything(upload, as_administrator, kind):
    row = kind.objects.first()
    assert as_administrator.get(f"/admin/detector/{kind._meta.model_name}/add/").status_code == 403
    assert as_administrator.get(address(row)).status_code == 200
    assert as_administrator.post(address(row), {"label": "authentic", "name": "x"}).status_code == 403


def test_a_moderator_deletes_nothing(upload, as_moderator):
    assert as_moderator.post(address(upload, "delete"), {"post": "yes"}).status_code == 403
    assert Upload.objects.exists()


def test_an_administrator_deletes_with_bytes_and_an_audit_event(upload, as_administrator):
    assert as_administrator.get(address(upload, "delete")).status_code == 200
    assert as_administrator.post(address(upload, "delete"), {"post": "yes"}).status_code == 302
    assert not Original.objects.exists()
    assert AuditEvent.objects.filter(action="upload.deleted").count() == 1


def test_an_administrator_deletes_several_at_once(upload, submit, owner, as_administrator):
    other = submit(owner, seed=5)
    chosen = {"action": "delete_selected", "_selected_action": [upload.pk, other.pk], "post": "yes"}
    assert as_administrator.post("/admin/detector/upload/", chosen).status_code == 302
    assert not Upload.objects.exists()
    assert AuditEvent.objects.filter(action="upload.deleted").count() == 2
