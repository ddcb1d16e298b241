"""Notes in a case: who writes and deletes them."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.audit import Actor
from detector import case_items, case_members, case_notes, cases
from detector.errors import Refused
from detector.models import CaseNote

pytestmark = pytest.mark.django_db


def by(person) -> Actor:
    return Actor(user=person)


@pytest.mark.parametrize("who", ["owner", "editor"])
def test_editors_write_notes(case, people, who, events):
    events()
    note = case_notes.write(by(people[who]), case=case, text="  Seen\r\non Tuesday.\x07 ")
    assert (note.text, note.author) == ("Seen\non Tuesday.", people[who])
    assert events() == [("case.note_added", {"note": note.pk})]


@pytest.mark.parametrize("who", ["viewer", "stranger", "moderator", "administrator"])
def test_others_write_none(case, people, who):
    with pytest.raises(PermissionDenied):
        case_notes.write(by(people[who]), case=case, text="Hello.")
    assert not CaseNote.objects.exists()


def test_a_note_may_be_about_an_upload_of_the_case(case, owner, submit, events):
    upload = submit(owner)
    with pytest.raises(Refused) as error:
        case_notes.write(by(owner), case=case, text="Look here.", upload=upload)
    assert error.value.code == "not_found"
    case_items.add(by(owner), case=case, uploads=[upload])
    events()
    note = case_notes.write(by(owner), case=case, text="Look here.", upload=upload)
    assert events() == [("case.note_added", {"note": note.pk, "upload": str(upload.pk)})]


@pytest.mark.parametrize(("text", "code"), [(" \n", "empty_note"), ("x" * 4_001, "text_too_long")])
def test_an_empty_note_and_a_book_are_refused(case, owner, text, code):
    with pytest.raises(Refused) as error:
        case_notes.write(by(owner), case=case, text=text)
    assert error.value.code == code


def test_notes_are_not_written_for_ever(case, owner, monkeypatch):
    monkeypatch.setattr(case_notes, "MOST", 0)
    with pytest.raises(Refused) as error:
        case_notes.write(by(owner), case=case, text="One more.")
    assert error.value.code == "case_full"


def test_a_note_is_deleted_by_who_wrote_it_alone(case, people, editor, events):
    note = case_notes.write(by(editor), case=case, text="Mine.")
    events()
    for who in ("owner", "viewer", "stranger", "moderator", "administrator"):
        with pytest.raises(PermissionDenied):
            case_notes.delete(by(people[who]), note=note)
    assert events() == []
    case_notes.delete(by(editor), note=note)
    assert events() == [("case.note_deleted", {"note": note.pk})]
    assert not CaseNote.objects.exists()


def test_who_was_made_a_viewer_may_still_take_a_note_back(case, owner, editor):
    note = case_notes.write(by(editor), case=case, text="Mine.")
    case_members.change_role(by(owner), case=case, person=editor, role="viewer")
    case_notes.delete(by(editor), note=note)
    assert not CaseNote.objects.exists()


def test_in_a_closed_case_nothing_is_noted_nor_taken_back(case, owner):
    note = case_notes.write(by(owner), case=case, text="Mine.")
    cases.close(by(owner), case=case)
    with pytest.raises(Refused):
        case_notes.write(by(owner), case=case, text="More.")
    with pytest.raises(Refused) as error:
        case_notes.delete(by(owner), note=note)
    assert error.value.code == "case_closed"
