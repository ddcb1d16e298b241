"""Who is made a member of a case is told so."""

import pytest

from accounts.audit import Actor
from detector import case_members, cases
from notices.models import Notice
from tests.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(owner):
    return cases.make(Actor(user=owner), title="The flood")


def test_a_new_member_is_told_by_whom_and_what_they_may_do(case, owner, stranger):
    case_members.add(Actor(user=owner), case=case, username="stranger", role="editor")
    notice = Notice.objects.get(person=stranger)
    assert (notice.kind, notice.link, notice.target) == ("case.added", f"/cases/{case.pk}/", f"case:{case.pk}")
    assert "owner added you to the case “The flood”. As an editor" in notice.text
    assert notice.data == {"case": str(case.pk), "role": "editor", "by": "owner"}


def test_who_makes_a_case_or_adds_themselves_is_not_told(case, administrator):
    case_members.add(Actor(user=administrator), case=case, username="administrator", role="owner")
    assert not Notice.objects.exists()


def test_the_longest_title_and_name_fit(owner):
    long = cases.make(Actor(user=owner), title="x" * 120)
    case_members.add(Actor(user=owner), case=long, username=person("y" * 150).username, role="viewer")
    assert len(Notice.objects.get().text) <= 500
