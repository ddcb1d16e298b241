"""Cases: who may make, change, close and delete them, and what is written down of it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import case_items, case_members, case_notes, cases
from detector.errors import Refused
from detector.models import Case, CaseMember, Upload
from tests.conftest import person

pytestmark = pytest.mark.django_db

MANAGERS = ("owner", "administrator")
OTHERS = ("editor", "viewer", "stranger", "moderator")


def by(person) -> Actor:
    return Actor(user=person)


def test_who_makes_a_case_owns_it(stranger, events):
    case = cases.make(by(stranger), title="  A  storm ", description="What\r\nhappened\x00?")
    assert (case.title, case.description) == ("A storm", "What\nhappened?")
    assert CaseMember.objects.get(case=case).role == "owner"
    assert events() == [("case.created", {})]


@pytest.mark.parametrize("actor", [Actor(), Actor(name="system")])
def test_nobody_cannot_make_a_case(db, actor):
    with pytest.raises(PermissionDenied):
        cases.make(actor, title="A storm")


@pytest.mark.parametrize("title", ["", "   ", "\n\t", "\x00"])
def test_a_case_has_a_title(owner, title):
    with pytest.raises(Refused) as error:
        cases.make(by(owner), title=title)
    assert error.value.code == "invalid_title"


@pytest.mark.parametrize(("title", "description"), [("x" * 121, ""), ("x", "y" * 2_001)])
def test_a_text_that_is_too_long_is_refused_and_not_cut(owner, title, description):
    with pytest.raises(Refused) as error:
        cases.make(by(owner), title=title, description=description)
    assert error.value.code == "text_too_long"
    assert not Case.objects.exists()


def test_a_case_may_have_a_period_of_its_own(case, owner, events):
    events()
    cases.change(by(owner), case=case, retention_days=30)
    cases.change(by(owner), case=case, title="The flood")
    assert Case.objects.get().retention_days == 30
    cases.change(by(owner), case=case, retention_days=None)
    assert Case.objects.get().retention_days is None
    assert events() == [("case.changed", {"changed": ["retention_days"]})] * 2
    for days in (0, -5, 36_501):
        with pytest.raises(Refused) as error:
            cases.change(by(owner), case=case, retention_days=days)
        assert error.value.code == "invalid_period"


@pytest.mark.parametrize("who", MANAGERS)
def test_owners_and_administrators_manage_a_case(case, people, who, events):
    events()
    actor = by(people[who])
    cases.change(actor, case=case, title="The great flood")
    cases.close(actor, case=case)
    cases.reopen(actor, case=case)
    cases.delete(actor, case=case)
    assert [action for action, _ in events()] == ["case.changed", "case.closed", "case.reopened", "case.deleted"]
    assert not Case.objects.exists()


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("act", [cases.close, cases.reopen, cases.delete, cases.change])
def test_nobody_else_manages_a_case(case, people, who, act, events):
    events()
    with pytest.raises(PermissionDenied):
        act(by(people[who]), case=case)
    assert events() == []
    assert Case.objects.get().closed_at is None


def test_what_stays_the_same_is_no_event(case, owner, events):
    events()
    cases.change(by(owner), case=case, title="The flood")
    cases.reopen(by(owner), case=case)
    assert events() == []
    cases.close(by(owner), case=case)
    cases.close(by(owner), case=case)
    assert [action for action, _ in events()] == ["case.closed"]


def test_the_history_knows_no_title_and_no_name(case, owner, submit):
    case_members.add(by(owner), case=case, username=person("annabel").username)
    upload = submit(owner, name="secret-name.jpg")
    case_items.add(by(owner), case=case, uploads=[upload])
    case_notes.write(by(owner), case=case, text="a secret note")
    cases.change(by(owner), case=case, title="secret-title", description="secret-story")
    cases.delete(by(owner), case=case)
    told = " ".join(f"{event.target} {event.details}" for event in AuditEvent.objects.all())
    for secret in ("secret", "flood", "annabel"):
        assert secret not in told
    assert verify_chain() is None


def test_deleting_a_case_leaves_its_uploads(case, owner, submit, events):
    case_items.add(by(owner), case=case, uploads=[submit(owner)])
    events()
    cases.delete(by(owner), case=case)
    assert Upload.objects.count() == 1
    assert events() == [("case.deleted", {"uploads": 1, "members": 3, "notes": 0})]


def test_a_case_that_is_gone_says_so(case, owner):
    kept = Case(pk=case.pk)
    cases.delete(by(owner), case=case)
    with pytest.raises(Refused) as error:
        cases.close(by(owner), case=kept)
    assert error.value.status == 404


@pytest.mark.parametrize(
    ("who", "seen"),
    [("owner", 1), ("editor", 1), ("viewer", 1), ("stranger", 0), ("moderator", 1), ("administrator", 1)],
)
def test_members_and_moderators_see_a_case(case, people, who, seen):
    assert Case.objects.visible_to(people[who]).count() == seen


def test_a_visitor_and_a_locked_account_see_no_case(case, viewer):
    viewer.is_active = False
    assert not Case.objects.visible_to(viewer).exists()
    assert not Case.objects.visible_to(AnonymousUser()).exists()


@pytest.mark.parametrize(("who", "count"), [("owner", 1), ("editor", 1), ("viewer", 0), ("moderator", 0)])
def test_uploads_are_put_into_open_cases_that_one_edits(case, people, owner, who, count):
    assert Case.objects.edited_by(people[who]).count() == count
    cases.close(by(owner), case=case)
    assert not Case.objects.edited_by(people[who]).exists()


def test_a_case_knows_its_counts_and_what_one_is_in_it(case, owner, editor, stranger, submit):
    other = cases.make(by(stranger), title="Another")
    case_items.add(by(owner), case=case, uploads=[submit(owner), submit(owner, seed=1)])
    rows = {row.pk: row for row in Case.objects.with_counts().with_membership(editor)}
    assert (rows[case.pk].uploads, rows[case.pk].people, rows[case.pk].membership) == (2, 3, "editor")
    assert (rows[other.pk].uploads, rows[other.pk].people, rows[other.pk].membership) == (0, 1, None)


def test_a_moderators_look_is_written_down_and_a_members_is_not(case, moderator, viewer, events):
    events()
    cases.note_view(by(viewer), case=case)
    assert events() == []
    cases.note_view(by(moderator), case=case)
    assert events() == [("case.viewed", {})]
