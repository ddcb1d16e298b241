"""check_integrity finds what is missing, what is left over and what was changed."""

import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from detector import integrity, originals, pictures
from detector.models import Analysis
from ml.serve import Finding

pytestmark = pytest.mark.django_db


def test_a_sound_installation_has_no_fault(submit, owner):
    submit(owner)
    assert list(integrity.faults(digests=True)) == []


def test_a_missing_file_is_named(submit, owner):
    original = submit(owner).original
    default_storage.delete(originals.path_of(original.sha256, "jpg"))
    assert list(integrity.faults()) == [f"originals/{original.sha256[:2]}/{original.sha256}.jpg is missing"]


def test_a_file_without_a_row_is_named(submit, owner):
    submit(owner)
    default_storage.save("originals/ab/abcd.jpg", ContentFile(b"x"))
    assert list(integrity.faults()) == ["originals/ab/abcd.jpg has no row"]


def test_a_changed_file_is_named_when_digests_are_asked_for(submit, owner):
    original = submit(owner).original
    path = originals.path_of(original.sha256, "jpg")
    default_storage.delete(path)
    default_storage.save(path, ContentFile(b"changed"))
    assert list(integrity.faults()) == []
    assert "was changed" in next(integrity.faults(digests=True))


@pytest.fixture
def shown(submit, scorer, owner):
    """An upload with one picture of evidence."""
    scorer.deep = (Finding("copy_move", "supports_fake", "A part was copied.", {}, b"\x89PNG copy"),)
    return submit(owner).analyses.get().findings.get(signal="copy_move")


def test_pictures_of_evidence_are_known(shown):
    assert list(integrity.faults()) == []


def test_a_missing_picture_of_evidence_is_named(shown):
    default_storage.delete(shown.picture)
    assert list(integrity.faults()) == [f"{shown.picture} is missing"]


@pytest.mark.parametrize(
    "path", ["evidence/x.png", "evidence/ab/no-upload/x.png", f"evidence/ab/{uuid.UUID(int=7)}/x.png"]
)
def test_a_picture_without_a_finding_is_named(shown, path):
    default_storage.save(path, ContentFile(b"x"))
    assert list(integrity.faults()) == [f"{path} has no row"]


def test_a_picture_of_an_examination_under_way_is_no_fault(shown):
    default_storage.save(f"{pictures.folder_of(shown.analysis.upload_id)}/noise.png", ContentFile(b"x"))
    assert len(list(integrity.faults())) == 1
    Analysis.objects.update(ledger_state="running")
    assert list(integrity.faults()) == []


def test_the_command_exits_with_one_where_there_is_a_fault(submit, owner, capsys):
    submit(owner)
    call_command("check_integrity", "--digests")
    default_storage.save("thumbnails/ab/abcd.jpg", ContentFile(b"x"))
    with pytest.raises(SystemExit) as caught:
        call_command("check_integrity")
    assert caught.value.code == 1
    assert "thumbnails/ab/abcd.jpg has no row" in capsys.readouterr().out
