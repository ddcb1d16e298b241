"""Who may do what, as one table."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import roles
from accounts.models import Role, User

MINE, OTHERS = SimpleNamespace(owner_id=1), SimpleNamespace(owner_id=2)
QUESTIONS = {
    "account": roles.is_account,
    "moderator": roles.is_moderator,
    "administrator": roles.is_administrator,
    "sees own": lambda user: roles.can_see(user, MINE),
    "sees others'": lambda user: roles.can_see(user, OTHERS),
    "deletes own": lambda user: roles.can_delete(user, MINE),
    "deletes others'": lambda user: roles.can_delete(user, OTHERS),
}
TABLE = {
    "anonymous": (AnonymousUser(), set()),
    "user": (User(pk=1, role=Role.USER), {"account", "sees own", "deletes own"}),
    "moderator": (
        User(pk=1, role=Role.MODERATOR),
        {"account", "moderator", "sees own", "sees others'", "deletes own"},
    ),
    "administrator": (User(pk=1, role=Role.ADMINISTRATOR), set(QUESTIONS)),
    "deactivated user": (User(pk=1, role=Role.USER, is_active=False), set()),
    "deactivated administrator": (User(pk=1, role=Role.ADMINISTRATOR, is_active=False), set()),
    "flags without a role": (
        User(pk=1, is_staff=True, is_superuser=True),
        {"account", "sees own", "deletes own"},
    ),
}


@pytest.mark.parametrize("who", TABLE)
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_table_of_permissions_holds(who, question):
    user, allowed = TABLE[who]
    assert bool(QUESTIONS[question](user)) is (question in allowed)


IN_CASES = {
    "sees": lambda user, membership: roles.can_see_case(user, membership),
    "edits": lambda user, membership: roles.can_edit_case(user, membership),
    "manages": lambda user, membership: roles.can_manage_case(user, membership),
    "puts own in": lambda user, membership: roles.can_put_into_case(user, membership, MINE),
    "puts others' in": lambda user, membership: roles.can_put_into_case(user, membership, OTHERS),
    "takes own out": lambda user, membership: roles.can_take_from_case(user, membership, MINE),
    "takes others' out": lambda user, membership: roles.can_take_from_case(user, membership, OTHERS),
    "deletes own note": lambda user, membership: roles.can_delete_note(user, 1),
    "deletes others' note": lambda user, membership: roles.can_delete_note(user, 2),
}
OF_EVERYBODY = {"takes own out", "deletes own note"}
EDITING = {"sees", "edits", "puts own in", "takes others' out"} | OF_EVERYBODY
CASES = [
    ("anonymous", None, set()),
    ("deactivated user", "owner", set()),
    ("deactivated administrator", "owner", set()),
    ("user", "owner", EDITING | {"manages"}),
    ("user", "editor", EDITING),
    ("user", "viewer", {"sees"} | OF_EVERYBODY),
    ("user", None, OF_EVERYBODY),
    ("moderator", None, {"sees"} | OF_EVERYBODY),
    ("moderator", "viewer", {"sees"} | OF_EVERYBODY),
    ("moderator", "editor", EDITING | {"puts others' in"}),
    ("administrator", None, {"sees", "manages"} | OF_EVERYBODY),
    ("administrator", "owner", set(IN_CASES) - {"deletes others' note"}),
]


@pytest.mark.parametrize(("who", "membership", "allowed"), CASES)
def test_the_table_of_cases_holds(who, membership, allowed):
    user = TABLE[who][0]
    assert {name for name, question in IN_CASES.items() if question(user, membership)} == allowed


@pytest.mark.parametrize(
    ("role", "staff", "superuser"),
    [(Role.USER, False, False), (Role.MODERATOR, True, False), (Role.ADMINISTRATOR, True, True)],
)
def test_djangos_flags_follow_the_role(role, staff, superuser):
    assert roles.flags_of(role) == {"is_staff": staff, "is_superuser": superuser}
