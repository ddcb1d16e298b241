"""/accounts/profile/"""

import pytest
from django.test import Client

from accounts import tokens
from accounts.audit import SYSTEM
from accounts.models import User

PAGE = "/accounts/profile/"
FORM = {"email": "new@example.org", "password": "correct horse battery"}


def test_it_shows_who_one_is(as_moderator, moderator):
    tokens.issue(SYSTEM, user=moderator, name="one")
    text = as_moderator.get(PAGE).content.decode()
    for fact in ("moderator@example.org", "Moderator", "1 active", f"{moderator.date_joined:%Y}"):
        assert fact in text


def test_it_is_for_people_who_are_logged_in(db):
    assert Client().get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"


def test_a_new_address_is_saved_with_the_password(as_owner, acts):
    with acts() as done:
        answer = as_owner.post(PAGE, FORM)
    assert (answer["Location"], done) == (PAGE, ["account.changed"])
    assert User.objects.get().email == "new@example.org"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"email": "STRANGER@example.org"}, "email"),
        ({"email": "nothing"}, "email"),
        ({"email": ""}, "email"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(as_owner, stranger, acts, change, field):
    with acts() as done:
        answer = as_owner.post(PAGE, FORM | change)
    assert (answer.status_code, list(answer.context["form"].errors), done) == (200, [field], [])
    assert User.objects.get(username="owner").email == "owner@example.org"


def test_the_own_address_in_another_case_is_not_taken(as_owner):
    as_owner.post(PAGE, FORM | {"email": "Owner@example.org"})
    assert User.objects.get().email == "Owner@example.org"


def test_neither_role_nor_name_can_be_smuggled_in(as_owner):
    as_owner.post(PAGE, FORM | {"role": "administrator", "username": "root", "is_superuser": "on"})
    user = User.objects.get()
    assert (user.username, user.role, user.is_superuser) == ("owner", "user", False)


def test_guessing_the_password_through_the_profile_is_throttled(as_owner):
    answers = [as_owner.post(PAGE, FORM | {"password": "wrong"}).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
