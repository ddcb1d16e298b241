"""A case with a person of each role in it, for the tests of cases."""

import pytest

from accounts.audit import Actor
from accounts.models import ApiToken, AuditEvent, Scope
from detector import case_items, case_members, cases, integrity
from detector.models import Case
from tests.conftest import logged_in, person


@pytest.fixture
def editor(db):
    return person("editor")


@pytest.fixture
def viewer(db):
    return person("viewer")


@pytest.fixture
def case(owner, editor, viewer) -> Case:
    """The flood: `owner` made it, `editor` and `viewer` were added."""
    made = cases.make(Actor(user=owner), title="The flood", description="Pictures of the flood.")
    case_members.add(Actor(user=owner), case=made, username="editor", role="editor")
    case_members.add(Actor(user=owner), case=made, username="viewer", role="viewer")
    return made


@pytest.fixture
def as_editor(editor):
    return logged_in(editor)


@pytest.fixture
def as_viewer(viewer):
    return logged_in(viewer)


@pytest.fixture
def people(owner, editor, viewer, stranger, moderator, administrator):
    """Everybody by their name."""
    return {one.username: one for one in (owner, editor, viewer, stranger, moderator, administrator)}


@pytest.fixture
def bearer():
    """`bearer(person, scope)` gives the header of a token."""
    from accounts import tokens

    def act(user, scope=Scope.WRITE) -> dict[str, str]:
        token, key = tokens.issue(Actor(user=user), user=user, name="test", scope=scope, expires_in=None)
        assert isinstance(token, ApiToken)
        return {"Authorization": f"Bearer {key}"}

    return act


@pytest.fixture
def events():
    """`events()` gives what was written down since it was last asked: action and details."""
    seen = {"id": 0}

    def act() -> list[tuple[str, dict]]:
        rows = list(AuditEvent.objects.filter(id__gt=seen["id"], action__startswith="case.").order_by("id"))
        seen["id"] = rows[-1].id if rows else seen["id"]
        return [(row.action, row.details) for row in rows]

    return act


@pytest.fixture
def settled():
    """No file of a batch is left in the storage, and rows and files fit."""
    yield
    assert list(integrity.faults()) == []


@pytest.fixture
def flood(case, owner, editor, submit):
    """The case with two uploads of its owner and one of its editor."""
    mine = [submit(owner, name="first.jpg"), submit(owner, name="second.jpg", seed=1)]
    theirs = submit(editor, name="third.jpg", seed=2)
    case_items.add(Actor(user=owner), case=case, uploads=mine)
    case_items.add(Actor(user=editor), case=case, uploads=[theirs])
    return case


@pytest.fixture
def clients(people):
    return {name: logged_in(person) for name, person in people.items()}
