"""What a killed process left is removed; what somebody holds, or is only just writing, stays."""

import os
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from detector import intake, integrity, originals, tidying
from detector.models import Original, Upload
from fakedetect_site.folder_storage import FolderStorage
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db
LONE = f"originals/ab/{'ab' * 32}.jpg"


def left(path: str, seconds: float = 1_000) -> None:
    """A file that was written so long ago."""
    default_storage.save(path, ContentFile(b"x"))
    then = time.time() - seconds
    os.utime(default_storage.path(path), (then, then))


@pytest.mark.parametrize("path", [LONE, f"thumbnails/ab/{'ab' * 32}.jpg", "unfinished/0123"])
def test_a_file_without_a_row_is_removed(path):
    left(path)
    assert tidying.clear_all() > 0
    assert list(integrity.stored()) == []
    assert not Original.objects.exists()


@pytest.mark.parametrize(("path", "seconds"), [(LONE, 10), ("unfinished/0123", 10), ("originals/ab/abc.txt", 1_000)])
def test_what_is_young_or_not_ours_stays(path, seconds):
    left(path, seconds)
    assert tidying.clear_all() == 0
    assert list(integrity.stored()) == [path]


def test_what_an_upload_holds_stays(submit, owner):
    upload = submit(owner)
    before = set(integrity.stored())
    for path in before:
        os.utime(default_storage.path(path), (0, 0))
    assert tidying.clear_all() == 0
    originals.remove_left(upload.original_id, "jpg")  # as where the row came between the look and the lock
    assert set(integrity.stored()) == before
    assert list(integrity.faults(digests=True)) == []


def test_what_a_deletion_left_that_was_killed_goes(submit, owner):
    upload = submit(owner)
    default_storage.save(f"evidence/{str(upload.pk)[:2]}/{upload.pk}/noise.png", ContentFile(b"x"))
    Upload.objects.filter(pk=upload.pk).delete()  # and its process died before the files went
    assert tidying.clear_all() == 2
    assert list(integrity.stored()) == []
    assert list(integrity.faults()) == []


def test_the_round_goes_through_all_shares(monkeypatch):
    looked = []
    monkeypatch.setattr(tidying, "clear", looked.append)
    for minute in range(256):
        monkeypatch.setattr(tidying.time, "time", lambda minute=minute: 60.0 * minute)
        tidying.sweep()
    assert sorted(looked) == list(tidying.SHARES)


def test_the_command_looks_at_the_whole_storage_when_asked(capsys):
    left(LONE)
    call_command("sweep", "--files")
    assert "in the whole storage: 1 removed" in capsys.readouterr().err
    assert not default_storage.exists(LONE)


def test_a_storage_that_fails_in_the_middle_leaves_nothing(scorer, owner, monkeypatch):
    kept = originals.store

    def full(path, data):
        if path.startswith("thumbnails"):
            raise OSError("No space left on device")
        kept(path, data)

    monkeypatch.setattr(originals, "store", full)
    with pytest.raises(OSError, match="No space left"):
        intake.submit(intake.Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    assert list(integrity.stored()) == []


class Broken(ContentFile):
    def chunks(self, chunk_size=None):
        yield b"half"
        raise OSError("No space left on device")


def test_a_folder_holds_whole_files_only(tmp_path):
    storage = FolderStorage(tmp_path / "media", file_permissions_mode=0o600, directory_permissions_mode=0o700)
    with pytest.raises(OSError, match="No space left"):
        storage.save("a/b", Broken(b""))
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert storage.save("a/b", ContentFile(b"whole")) == "a/b"
    assert storage.open("a/b").read() == b"whole"
    assert (storage.path("a/b"), oct(os.stat(storage.path("a/b")).st_mode)[-3:]) == (
        str(tmp_path / "media/a/b"),
        "600",
    )
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]
