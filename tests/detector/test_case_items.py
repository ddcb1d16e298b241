"""What lies in a case: who puts it in and takes it out, and who sees it by that."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.audit import Actor, verify_chain
from detector import case_items, case_members, cases, intake
from detector.errors import Refused
from detector.models import CaseUpload, Upload
from tests.conftest import person
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db


def by(person) -> Actor:
    return Actor(user=person)


@pytest.fixture
def own(submit, owner):
    """An upload of the case's owner, which lies in no case yet."""
    return submit(owner)


@pytest.mark.parametrize("who", ["owner", "editor"])
def test_editors_put_their_own_uploads_in(case, people, submit, who, events):
    events()
    uploads = [submit(people[who], seed=seed) for seed in range(2)]
    assert case_items.add(by(people[who]), case=case, uploads=uploads) == uploads
    assert set(case.items.values_list("upload", "added_by")) == {(one.pk, people[who].pk) for one in uploads}
    assert events() == [("case.uploads_added", {"uploads": [str(one.pk) for one in uploads]})]


@pytest.mark.parametrize("who", ["viewer", "stranger", "moderator", "administrator"])
def test_others_put_nothing_in_not_even_their_own(case, people, submit, who, events):
    events()
    with pytest.raises(PermissionDenied):
        case_items.add(by(people[who]), case=case, uploads=[submit(people[who])])
    assert not CaseUpload.objects.exists()
    assert events() == []


def test_an_editor_cannot_share_what_belongs_to_somebody_else(case, editor, own, submit):
    for uploads in ([own], [submit(editor, seed=2), own]):
        with pytest.raises(PermissionDenied):
            case_items.add(by(editor), case=case, uploads=uploads)
    assert not CaseUpload.objects.exists()


def test_what_one_sees_in_a_case_cannot_be_carried_into_another(case, owner, editor, own):
    case_items.add(by(owner), case=case, uploads=[own])
    other = cases.make(by(editor), title="Another")
    with pytest.raises(PermissionDenied):
        case_items.add(by(editor), case=other, uploads=[own])


def test_a_moderator_who_edits_a_case_may_put_any_upload_in(case, owner, moderator, stranger, submit):
    case_members.add(by(owner), case=case, username="moderator", role="editor")
    theirs = submit(stranger)
    assert case_items.add(by(moderator), case=case, uploads=[theirs]) == [theirs]


def test_what_lies_in_it_already_is_passed_over(case, owner, own, submit, events):
    case_items.add(by(owner), case=case, uploads=[own])
    events()
    assert case_items.add(by(owner), case=case, uploads=[own]) == []
    assert events() == []
    more = submit(owner, seed=3)
    assert case_items.add(by(owner), case=case, uploads=[own, more, more]) == [more]
    assert case.items.count() == 2


def test_an_upload_that_was_deleted_meanwhile_is_passed_over(case, owner, own):
    intake.delete(by(owner), upload=Upload.objects.get(pk=own.pk))
    assert case_items.add(by(owner), case=case, uploads=[own]) == []


@pytest.mark.django_db(transaction=True)
def test_uploads_that_are_put_in_and_deleted_at_once_break_nothing(scorer):
    someone = person("someone")
    case = cases.make(by(someone), title="The flood")
    uploads = [
        intake.submit(by(someone), owner=someone, name=f"{seed}.jpg", data=image_bytes(seed=seed)) for seed in range(6)
    ]
    acts = [partial(case_items.add, by(someone), case=case, uploads=[one]) for one in uploads]
    acts += [partial(intake.delete, by(someone), upload=Upload.objects.get(pk=one.pk)) for one in uploads]

    def closing(act) -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(closing, acts))
    assert not Upload.objects.exists()
    assert not CaseUpload.objects.exists()
    assert verify_chain() is None


def test_a_case_is_not_filled_beyond_its_measure(case, owner, own, submit, monkeypatch):
    monkeypatch.setattr(case_items, "MOST", 1)
    case_items.add(by(owner), case=case, uploads=[own])
    with pytest.raises(Refused) as error:
        case_items.add(by(owner), case=case, uploads=[submit(owner, seed=4)])
    assert (error.value.code, error.value.status) == ("case_full", 409)


def test_too_many_at_once_are_refused(case, owner, own, monkeypatch):
    monkeypatch.setattr(case_items, "AT_ONCE", 1)
    with pytest.raises(Refused) as error:
        case_items.add(by(owner), case=case, uploads=[own, own])
    assert error.value.code == "too_many_uploads"


@pytest.mark.parametrize("who", ["owner", "editor"])
def test_editors_take_any_upload_out(case, owner, people, own, who, events):
    case_items.add(by(owner), case=case, uploads=[own])
    events()
    assert case_items.remove(by(people[who]), case=case, uploads=[own]) == 1
    assert events() == [("case.uploads_removed", {"uploads": [str(own.pk)]})]
    assert Upload.objects.filter(pk=own.pk).exists()


@pytest.mark.parametrize("who", ["viewer", "stranger", "moderator", "administrator"])
def test_others_take_nothing_out(case, owner, people, own, who):
    case_items.add(by(owner), case=case, uploads=[own])
    with pytest.raises(PermissionDenied):
        case_items.remove(by(people[who]), case=case, uploads=[own])
    assert case.items.count() == 1


def test_what_does_not_lie_in_it_is_no_event(case, owner, own, events):
    events()
    assert case_items.remove(by(owner), case=case, uploads=[own]) == 0
    assert events() == []


def test_who_owns_a_picture_takes_it_out_as_a_former_member_and_of_a_closed_case(case, owner, editor, submit):
    theirs = submit(editor)
    case_items.add(by(editor), case=case, uploads=[theirs])
    case_members.remove(by(owner), case=case, person=editor)
    cases.close(by(owner), case=case)
    assert case_items.remove(by(editor), case=case, uploads=[theirs]) == 1


def test_a_closed_case_stays_as_it_is(case, owner, editor, own, submit):
    case_items.add(by(owner), case=case, uploads=[own])
    cases.close(by(owner), case=case)
    for act, who, upload in (
        (case_items.add, owner, submit(owner, seed=5)),
        (case_items.remove, editor, own),
    ):
        with pytest.raises(Refused) as error:
            act(by(who), case=case, uploads=[upload])
        assert error.value.code == "case_closed"


SEEN = {"owner": True, "editor": True, "viewer": True, "stranger": False, "moderator": True, "administrator": True}


@pytest.mark.parametrize("who", SEEN)
def test_members_see_what_lies_in_their_case(case, owner, people, own, who):
    case_items.add(by(owner), case=case, uploads=[own])
    assert Upload.objects.visible_to(people[who]).filter(pk=own.pk).exists() is SEEN[who]


def test_nobody_sees_it_any_more_once_it_is_taken_out_or_they_have_left(case, owner, editor, viewer, own):
    case_items.add(by(owner), case=case, uploads=[own])
    case_members.leave(by(viewer), case=case)
    assert not Upload.objects.visible_to(viewer).exists()
    case_items.remove(by(owner), case=case, uploads=[own])
    assert not Upload.objects.visible_to(editor).exists()


def test_a_visitor_and_a_locked_account_see_nothing(case, owner, viewer, own):
    case_items.add(by(owner), case=case, uploads=[own])
    viewer.is_active = False
    assert not Upload.objects.visible_to(viewer).exists()
    assert not Upload.objects.visible_to(AnonymousUser()).exists()


def test_an_upload_in_two_cases_of_a_person_is_seen_once(case, owner, viewer, own):
    other = cases.make(by(owner), title="Another")
    case_members.add(by(owner), case=other, username="viewer")
    for one in (case, other):
        case_items.add(by(owner), case=one, uploads=[own])
    assert Upload.objects.visible_to(viewer).count() == 1


def test_what_a_member_sees_is_not_theirs(case, owner, viewer, own):
    case_items.add(by(owner), case=case, uploads=[own])
    assert not Upload.objects.owned_by(viewer).exists()


def test_one_upload_is_found_without_walking_through_the_cases(case, owner, viewer, own):
    case_items.add(by(owner), case=case, uploads=[own])
    plan = Upload.objects.visible_to(viewer).filter(pk=own.pk).explain()
    if connection.vendor == "sqlite":
        assert "SCAN detector_caseupload" not in plan
        assert "SCAN detector_casemember" not in plan
        assert "SCAN detector_upload" not in plan.replace("detector_uploads", "")
