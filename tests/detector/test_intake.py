"""The way in and the way out: what is stored, what is written down, what a refusal leaves behind."""

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError

from accounts.audit import Actor
from accounts.models import AuditEvent, UsageCounter
from detector import intake, integrity, originals
from detector.errors import NoModel, Refused
from detector.models import Analysis, ModelVersion, Original, Upload
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db


def stored() -> list[str]:
    return sorted(integrity._files("originals")) + sorted(integrity._files("thumbnails"))


def test_an_upload_is_stored_under_its_digest_and_scored(submit, owner):
    data = image_bytes()
    upload = submit(owner, data)
    digest = originals.digest(data)
    assert default_storage.open(f"originals/{digest[:2]}/{digest}.jpg").read() == data
    assert default_storage.exists(f"thumbnails/{digest[:2]}/{digest}.jpg")
    assert upload.analyses.get().label == "ai_generated"


def test_each_act_is_one_audit_event(submit, owner):
    upload = submit(owner)
    events = AuditEvent.objects.filter(target=f"upload:{upload.pk}").order_by("id")
    assert [event.action for event in events] == ["upload.created", "verdict", "ledger"]
    assert events[0].actor == f"user:{owner.pk}"
    assert events[1].details["label"] == "ai_generated"
    assert {event.model for event in events} == {upload.latest.model.version}
    assert events[0].personal["private"] == {"name": upload.name, "sha256": upload.original_id}


def test_the_same_bytes_are_stored_once_and_the_second_upload_names_the_first(submit, owner):
    first, second = submit(owner), submit(owner, name="again.jpg")
    assert second.duplicate_of == first
    assert len(stored()) == 2  # one original, one thumbnail
    assert second.analyses.get().state == "done"


def test_a_strangers_upload_of_the_same_bytes_is_no_duplicate_to_tell_of(submit, owner, stranger):
    submit(owner)
    assert submit(stranger).duplicate_of is None


def test_bytes_stay_until_their_last_upload_goes(submit, on_commit, owner, stranger):
    mine, theirs = submit(owner), submit(stranger)
    with on_commit():
        intake.delete(Actor(user=owner), upload=mine)
    assert len(stored()) == 2
    with on_commit():
        intake.delete(Actor(user=stranger), upload=theirs)
    assert stored() == []
    assert not Original.objects.exists()
    assert not Analysis.objects.exists()


def test_deleting_the_first_of_two_leaves_the_second_whole(submit, on_commit, owner):
    first, second = submit(owner), submit(owner)
    with on_commit():
        intake.delete(Actor(user=owner), upload=first)
    second.refresh_from_db()
    assert second.duplicate_of is None
    assert originals.read(second.original) == image_bytes()


def test_a_deletion_is_audited_and_keeps_the_digest(submit, on_commit, owner):
    upload = submit(owner)
    digest = upload.original_id
    with on_commit():
        intake.delete(Actor(user=owner), upload=upload)
    event = AuditEvent.objects.get(action="upload.deleted")
    assert event.personal["private"] == {"sha256": digest}  # not in the chain itself: it tells of the file
    assert event.details == {}


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.jpg", "empty_file"),
        (b"no image at all", "a.jpg", "not_an_image"),
        (image_bytes()[:2000], "a.jpg", "truncated"),
        (image_bytes(), "../a.jpg", "invalid_name"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(scorer, owner, data, name, code):
    with pytest.raises(Refused) as caught:
        intake.submit(Actor(user=owner), owner=owner, name=name, data=data)
    assert caught.value.code == code
    assert stored() == []
    assert not Upload.objects.exists()
    assert not AuditEvent.objects.filter(action="upload.created").exists()


def test_without_a_model_nothing_is_written_down(scorer, owner, on_commit):
    ModelVersion.objects.update(is_current=False)
    with pytest.raises(NoModel), on_commit():
        intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    assert not Upload.objects.exists()
    assert stored() == []


def test_a_data_base_that_fails_leaves_no_file_behind(scorer, owner, monkeypatch):
    def broken(*args):
        raise OperationalError("database is locked")

    monkeypatch.setattr(intake, "_write_down", broken)
    with pytest.raises(OperationalError):
        intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    assert stored() == []


def test_a_data_base_that_fails_takes_nothing_from_another_upload(submit, owner, monkeypatch):
    submit(owner)

    def broken(*args):
        raise OperationalError("database is locked")

    monkeypatch.setattr(intake, "_write_down", broken)
    with pytest.raises(OperationalError):
        intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    assert len(stored()) == 2


def test_bytes_that_a_deletion_took_away_meanwhile_are_written_again(scorer, owner, on_commit, monkeypatch):
    """The last upload of this content is deleted between the first write and the commit of the new row."""
    write_down = intake._write_down

    def and_then_deleted(actor, upload, *args):
        write_down(actor, upload, *args)
        default_storage.delete(originals.path_of(upload.original_id, "jpg"))

    monkeypatch.setattr(intake, "_write_down", and_then_deleted)
    with on_commit():
        upload = intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    assert originals.read(upload.original) == image_bytes()


def test_release_keeps_what_is_still_held(submit, owner):
    upload = submit(owner)
    originals.release(upload.original_id)
    assert originals.read(upload.original) == image_bytes()


def test_looking_at_ones_own_upload_is_no_event(submit, owner, moderator):
    upload = submit(owner)
    intake.note_view(Actor(user=owner), upload=upload)
    assert not AuditEvent.objects.filter(action="upload.viewed").exists()
    intake.note_view(Actor(user=moderator), upload=upload)
    assert AuditEvent.objects.get(action="upload.viewed").actor == f"user:{moderator.pk}"


def test_an_upload_is_deleted_once_and_its_room_given_back_once(submit, owner):
    kept, gone = submit(owner, name="kept.jpg", seed=1), submit(owner, name="gone.jpg", seed=2)
    assert intake.delete(Actor(user=owner), upload=Upload.objects.get(pk=gone.pk))
    assert intake.delete(Actor(user=owner), upload=gone) is False
    room = UsageCounter.objects.get(subject=f"user:{owner.pk}", measure="kept")
    assert room.amount == kept.original.bytes
    assert AuditEvent.objects.filter(action="upload.deleted").count() == 1
