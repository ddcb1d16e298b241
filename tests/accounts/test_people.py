"""The services of people.py: each is one act, checked, atomic and written down once."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts import people, tokens
from accounts.audit import SYSTEM, Actor
from accounts.models import AuditEvent, Role, User

PASSWORD = "correct horse battery"


def sign_up(username="Anna", email="anna@example.org"):
    return people.sign_up(Actor(name=username), username=username, email=email, password=PASSWORD)


def test_signing_up_makes_an_ordinary_account_and_one_event(acts):
    with acts() as done:
        user = sign_up()
    assert done == ["account.created"]
    assert (user.role, user.is_staff, user.is_superuser, user.is_active) == (Role.USER, False, False, True)
    assert User.objects.get().check_password(PASSWORD)


def test_no_name_or_address_enters_the_chained_part_of_an_event(db):
    user = sign_up()
    people.change_profile(Actor(user=user), user=user, email="new@example.org")
    for event in AuditEvent.objects.all():
        assert not {"anna", "example"} & set(f"{event.details} {event.target} {event.actor}".lower().split())
        assert "example.org" not in f"{event.details}{event.target}{event.actor}"


@pytest.mark.parametrize(
    ("username", "email"), [("ANNA", "other@example.org"), ("other", "ANNA@Example.org"), ("Anna", "")]
)
def test_names_and_addresses_are_unique_in_any_case(acts, username, email):
    sign_up()
    with acts() as done, pytest.raises(people.Refused):
        sign_up(username, email)
    assert done == []
    assert User.objects.count() == 1


def test_several_people_may_have_no_address(db):
    sign_up("one", "")
    sign_up("two", "")
    assert User.objects.filter(email="").count() == 2


@pytest.mark.parametrize("role", Role.values)
def test_an_administrator_gives_roles_and_the_flags_follow(administrator, owner, acts, role):
    with acts() as done:
        people.set_role(Actor(user=administrator), user=owner, role=role)
    owner.refresh_from_db()
    assert owner.role == role
    assert owner.is_staff is (role != Role.USER)
    assert owner.is_superuser is (role == Role.ADMINISTRATOR)
    assert done == ([] if role == Role.USER else ["role.changed"])


def test_the_event_of_a_role_tells_from_what_to_what(administrator, owner):
    people.set_role(Actor(user=administrator), user=owner, role=Role.MODERATOR)
    event = AuditEvent.objects.first()
    assert event.details == {"from": "user", "to": "moderator"}
    assert (event.actor, event.target) == (f"user:{administrator.pk}", f"user:{owner.pk}")


@pytest.mark.parametrize("act", ["role", "deactivate", "reactivate"])
@pytest.mark.parametrize("who", ["owner", "moderator", "nobody"])
def test_only_administrators_change_what_others_may_do(request, stranger, acts, who, act):
    actor = Actor() if who == "nobody" else Actor(user=request.getfixturevalue(who))
    doing = {
        "role": lambda: people.set_role(actor, user=stranger, role=Role.ADMINISTRATOR),
        "deactivate": lambda: people.deactivate(actor, user=stranger),
        "reactivate": lambda: people.reactivate(actor, user=stranger),
    }
    with acts() as done, pytest.raises(PermissionDenied):
        doing[act]()
    stranger.refresh_from_db()
    assert (stranger.role, stranger.is_active, done) == (Role.USER, True, [])


def test_whoever_calls_themselves_system_is_not_the_system(stranger):
    with pytest.raises(PermissionDenied):
        people.set_role(Actor(name="system"), user=stranger, role=Role.ADMINISTRATOR)


def test_the_system_may_give_roles(owner):
    people.set_role(SYSTEM, user=owner, role=Role.ADMINISTRATOR)
    assert owner.role == Role.ADMINISTRATOR


def test_the_last_administrator_keeps_the_role_and_the_account(administrator, acts):
    actor = Actor(user=administrator)
    with acts() as done:
        with pytest.raises(people.Refused):
            people.set_role(actor, user=administrator, role=Role.USER)
        with pytest.raises(people.Refused):
            people.deactivate(actor, user=administrator)
    administrator.refresh_from_db()
    assert (administrator.role, administrator.is_active, done) == (Role.ADMINISTRATOR, True, [])


def test_a_deactivated_administrator_does_not_count_as_another(administrator, owner):
    people.set_role(SYSTEM, user=owner, role=Role.ADMINISTRATOR)
    people.deactivate(SYSTEM, user=owner)
    with pytest.raises(people.Refused):
        people.set_role(SYSTEM, user=administrator, role=Role.MODERATOR)


def test_of_two_administrators_who_remove_each_other_one_stays(administrator, owner):
    people.set_role(SYSTEM, user=owner, role=Role.ADMINISTRATOR)
    stale = User.objects.get(pk=owner.pk)  # as the other request has read it
    people.set_role(Actor(user=administrator), user=owner, role=Role.USER)
    with pytest.raises(people.Refused):
        people.set_role(Actor(user=stale), user=administrator, role=Role.USER)


def test_deactivation_and_its_undoing_are_each_written_down_once(administrator, owner, acts):
    actor = Actor(user=administrator)
    with acts() as done:
        for act in (people.deactivate, people.deactivate, people.reactivate, people.reactivate):
            act(actor, user=owner)
    assert done == ["account.deactivated", "account.reactivated"]
    assert owner.is_active


def test_a_deactivated_person_loses_the_session_at_once(administrator, owner, as_owner):
    assert as_owner.get("/accounts/profile/").status_code == 200
    people.deactivate(Actor(user=administrator), user=owner)
    assert as_owner.get("/accounts/profile/").status_code == 302


def test_the_same_address_again_is_no_act(owner, acts):
    with acts() as done:
        people.change_profile(Actor(user=owner), user=owner, email=owner.email)
    assert done == []


def test_a_new_address_is_written_down_once_and_a_taken_one_refused(owner, stranger, acts):
    with acts() as done:
        people.change_profile(Actor(user=owner), user=owner, email="new@example.org")
        with pytest.raises(people.Refused):
            people.change_profile(Actor(user=owner), user=owner, email=stranger.email.upper())
    assert (done, User.objects.get(pk=owner.pk).email) == (["account.changed"], "new@example.org")


@pytest.mark.parametrize(("revoke", "status"), [(True, "revoked"), (False, "active")])
def test_a_new_password_takes_the_tokens_along_unless_told_otherwise(owner, stranger, acts, revoke, status):
    token, _ = tokens.issue(SYSTEM, user=owner, name="mine")
    others, _ = tokens.issue(SYSTEM, user=stranger, name="not mine")
    with acts() as done:
        people.change_password(Actor(user=owner), user=owner, password="another good one", revoke_tokens=revoke)
    token.refresh_from_db()
    others.refresh_from_db()
    assert (token.status, others.status, done) == (status, "active", ["password.changed"])
    assert AuditEvent.objects.first().details == {"revoked_tokens": [token.pk] if revoke else []}
    assert User.objects.get(pk=owner.pk).check_password("another good one")


def test_the_first_administrator_is_made_once(acts):
    with acts() as done:
        user, password = people.ensure_administrator(SYSTEM)
        assert people.ensure_administrator(SYSTEM) is None
    assert done == ["account.created"]
    assert (user.username, user.role, user.is_superuser) == ("admin", Role.ADMINISTRATOR, True)
    assert user.check_password(password)
    assert len(password) >= 16


def test_the_first_administrator_yields_to_a_person_of_that_name(db):
    taken = sign_up("Admin")
    user, _ = people.ensure_administrator(SYSTEM)
    assert user.username.startswith("admin-")
    assert User.objects.get(pk=taken.pk).role == Role.USER
