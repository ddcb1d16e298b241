"""The people of a case: who adds, promotes and removes them; and that there is always an owner."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.audit import Actor
from accounts.models import User
from detector import case_items, case_members, cases, happenings
from detector.errors import Refused
from detector.models import Case, CaseMember, Upload
from tests.conftest import person

pytestmark = pytest.mark.django_db


def by(someone) -> Actor:
    return Actor(user=someone)


def roles_in(case) -> dict[str, str]:
    return dict(CaseMember.objects.filter(case=case).values_list("user__username", "role"))


@pytest.fixture
def joined():
    """What `case_joined` told."""
    told = []

    def hear(sender, **news):
        told.append((news["case"].title, news["person"].username, news["role"], news["by"]))

    happenings.case_joined.connect(hear)
    yield told
    happenings.case_joined.disconnect(hear)


@pytest.mark.parametrize("who", ["owner", "administrator"])
def test_owners_and_administrators_add_members_by_name(case, people, stranger, who, events, joined):
    events()
    member = case_members.add(by(people[who]), case=case, username=" Stranger ", role="editor")
    assert (member.user, member.role) == (stranger, "editor")
    assert events() == [("case.member_added", {"member": f"user:{stranger.pk}", "role": "editor"})]
    assert joined == [("The flood", "stranger", "editor", who)]


@pytest.mark.parametrize("who", ["editor", "viewer", "stranger", "moderator"])
def test_nobody_else_manages_members(case, people, who, viewer, joined):
    actor = by(people[who])
    with pytest.raises(PermissionDenied):
        case_members.add(actor, case=case, username="stranger")
    with pytest.raises(PermissionDenied):
        case_members.change_role(actor, case=case, person=viewer, role="owner")
    with pytest.raises(PermissionDenied):
        case_members.remove(actor, case=case, person=viewer)
    assert roles_in(case) == {"owner": "owner", "editor": "editor", "viewer": "viewer"}
    assert joined == []


@pytest.mark.parametrize(
    ("username", "role", "code"),
    [
        ("nobody", "viewer", "no_such_person"),
        ("", "viewer", "no_such_person"),
        ("EDITOR", "viewer", "already_member"),
        ("stranger", "king", "invalid_role"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_word(case, owner, stranger, username, role, code, events):
    events()
    with pytest.raises(Refused) as error:
        case_members.add(by(owner), case=case, username=username, role=role)
    assert error.value.code == code
    assert events() == []


def test_a_locked_account_is_not_added(case, owner, stranger):
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    with pytest.raises(Refused) as error:
        case_members.add(by(owner), case=case, username="stranger")
    assert error.value.code == "no_such_person"


def test_a_case_has_no_crowd(case, owner, stranger, monkeypatch):
    monkeypatch.setattr(case_members, "MOST", 3)
    with pytest.raises(Refused) as error:
        case_members.add(by(owner), case=case, username="stranger")
    assert error.value.code == "case_full"


def test_an_administrator_who_joins_is_not_told_what_they_did_themselves(case, administrator, joined):
    case_members.add(by(administrator), case=case, username="administrator", role="owner")
    assert joined == []


def test_a_member_is_promoted(case, owner, viewer, events):
    events()
    assert case_members.change_role(by(owner), case=case, person=viewer, role="editor").role == "editor"
    assert events() == [("case.member_changed", {"member": f"user:{viewer.pk}", "from": "viewer", "to": "editor"})]
    case_members.change_role(by(owner), case=case, person=viewer, role="editor")
    assert events() == []


def test_a_role_that_does_not_exist_and_a_person_who_is_no_member_are_refused(case, owner, viewer, stranger):
    with pytest.raises(Refused) as error:
        case_members.change_role(by(owner), case=case, person=viewer, role="king")
    assert error.value.code == "invalid_role"
    for act in (case_members.remove, case_members.change_role):
        more = {"role": "editor"} if act is case_members.change_role else {}
        with pytest.raises(Refused) as error:
            act(by(owner), case=case, person=stranger, **more)
        assert error.value.status == 404


def test_a_member_is_removed_and_what_they_put_in_stays(case, owner, editor, viewer, submit, events):
    theirs = submit(editor)
    case_items.add(by(editor), case=case, uploads=[theirs])
    events()
    case_members.remove(by(owner), case=case, person=editor)
    assert events() == [("case.member_removed", {"member": f"user:{editor.pk}", "role": "editor"})]
    assert Upload.objects.visible_to(viewer).get() == theirs


@pytest.mark.parametrize("who", ["editor", "viewer"])
def test_anybody_may_leave(case, people, who, events):
    events()
    case_members.leave(by(people[who]), case=case)
    assert who not in roles_in(case)
    assert events() == [("case.left", {"member": f"user:{people[who].pk}", "role": who})]


def test_who_is_no_member_cannot_leave(case, moderator):
    with pytest.raises(Refused):
        case_members.leave(by(moderator), case=case)
    with pytest.raises(PermissionDenied):
        case_members.leave(Actor(), case=case)


def test_the_last_owner_stays(case, owner, administrator, editor):
    for act in (
        lambda: case_members.leave(by(owner), case=case),
        lambda: case_members.remove(by(administrator), case=case, person=owner),
        lambda: case_members.change_role(by(owner), case=case, person=owner, role="viewer"),
    ):
        with pytest.raises(Refused) as error:
            act()
        assert (error.value.code, error.value.status) == ("last_owner", 409)
    case_members.change_role(by(owner), case=case, person=editor, role="owner")
    case_members.leave(by(owner), case=case)
    assert roles_in(case) == {"editor": "owner", "viewer": "viewer"}


def test_an_owner_who_is_locked_out_does_not_count(case, owner, editor):
    case_members.change_role(by(owner), case=case, person=editor, role="owner")
    User.objects.filter(pk=editor.pk).update(is_active=False)
    with pytest.raises(Refused):
        case_members.leave(by(owner), case=case)


def test_before_an_account_goes_its_cases_go_to_those_who_can_do_most(case, owner, events):
    alone = cases.make(by(owner), title="Alone")
    shared = cases.make(by(owner), title="Shared")
    case_members.add(by(owner), case=shared, username="viewer", role="owner")
    events()
    case_members.part_with(Actor(name="system"), person=owner)
    assert roles_in(case) == {"editor": "owner", "viewer": "viewer"}
    assert roles_in(shared) == {"viewer": "owner"}
    assert not Case.objects.filter(pk=alone.pk).exists()
    assert sorted(action for action, _ in events()) == ["case.deleted", "case.left", "case.left"]
    owner.delete()
    assert Case.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one_behind():
    one, other = person("one"), person("other")
    case = cases.make(by(one), title="The flood")
    case_members.add(by(one), case=case, username="other", role="owner")
    start = threading.Barrier(2)

    def leave(someone) -> str:
        start.wait()
        try:
            case_members.leave(by(someone), case=case)
        except Refused as error:
            return error.code
        finally:
            connection.close()
        return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, [one, other])) == ["last_owner", "left"]
    assert CaseMember.objects.filter(case=case, role="owner").count() == 1
