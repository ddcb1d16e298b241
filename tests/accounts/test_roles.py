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


@pytest.mark.parametrize(
    ("role", "staff", "superuser"),
    [(Role.USER, False, False), (Role.MODERATOR, True, False), (Role.ADMINISTRATOR, True, True)],
)
def test_djangos_flags_follow_the_role(role, staff, superuser):
    assert roles.flags_of(role) == {"is_staff": staff, "is_superuser": superuser}
