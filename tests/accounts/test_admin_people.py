"""The admin of people: moderators look, administrators change, services do it."""

import pytest

from accounts import people
from accounts.audit import SYSTEM
from accounts.models import Role, User
from tests.conftest import logged_in

LIST = "/admin/accounts/user/"
ADD = f"{LIST}add/"


def page(user):
    return f"{LIST}{user.pk}/change/"


def form(user, **change):
    return {"email": user.email, "role": user.role, "is_active": "on", "new_password": ""} | change


def save(client, user, **change):
    return client.post(page(user), {k: v for k, v in form(user, **change).items() if v is not None})


def test_moderators_look_and_find(as_moderator, owner):
    assert "owner@example.org" in as_moderator.get(LIST, {"q": "owner"}).content.decode()
    assert as_moderator.get(LIST, {"role__exact": "user"}).status_code == 200
    text = as_moderator.get(page(owner)).content.decode()
    assert "owner@example.org" in text
    assert 'name="_save"' not in text
    assert 'name="role"' not in text


def test_moderators_neither_change_nor_add_nor_delete(as_moderator, owner, acts):
    with acts() as done:
        statuses = [
            save(as_moderator, owner, role=Role.ADMINISTRATOR).status_code,
            as_moderator.post(ADD, {"username": "new"}).status_code,
            as_moderator.post(f"{LIST}{owner.pk}/delete/", {"post": "yes"}).status_code,
        ]
    owner.refresh_from_db()
    assert (statuses, owner.role, done) == ([403] * 3, Role.USER, ["access.refused"] * 3)


@pytest.mark.parametrize("who", ["as_owner", "client"])
def test_nobody_else_comes_in(request, who, db):
    answer = request.getfixturevalue(who).get(LIST)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_administrators_give_roles_through_the_service(as_administrator, owner, acts):
    with acts() as done:
        assert save(as_administrator, owner, role=Role.MODERATOR).status_code == 302
    owner.refresh_from_db()
    assert (owner.role, owner.is_staff, owner.is_superuser) == (Role.MODERATOR, True, False)
    assert done == ["role.changed"]


def test_administrators_deactivate_and_change_the_address(as_administrator, owner, acts):
    with acts() as done:
        save(as_administrator, owner, is_active=None, email="new@example.org")
    owner.refresh_from_db()
    assert (owner.is_active, owner.email) == (False, "new@example.org")
    assert done == ["account.changed", "account.deactivated"]


def test_saving_without_a_change_is_no_act(as_administrator, owner, acts):
    with acts() as done:
        assert save(as_administrator, owner).status_code == 302
    assert done == []


def test_administrators_set_a_password_that_works_and_ends_sessions(as_administrator, owner, as_owner, acts):
    with acts() as done:
        save(as_administrator, owner, new_password="a better horse battery")
    owner.refresh_from_db()
    assert owner.check_password("a better horse battery")
    assert done == ["password.changed"]
    assert as_owner.get("/accounts/profile/").status_code == 302


def test_a_weak_password_is_refused(as_administrator, owner):
    assert "too short" in save(as_administrator, owner, new_password="short").content.decode()


@pytest.mark.parametrize("change", [{"role": Role.USER}, {"is_active": None}])
def test_the_last_administrator_stays_and_nothing_of_the_form_is_kept(as_administrator, administrator, acts, change):
    with acts() as done:
        save(as_administrator, administrator, email="new@example.org", **change)
    administrator.refresh_from_db()
    text = as_administrator.get(page(administrator)).content.decode()
    assert "last administrator" in text
    assert "was changed successfully" not in text
    assert (administrator.role, administrator.is_active, administrator.email, done) == (
        Role.ADMINISTRATOR,
        True,
        "administrator@example.org",
        [],
    )


def test_an_administrator_adds_people_even_while_sign_up_is_closed(as_administrator, settings, acts):
    settings.SIGN_UP_OPEN = False
    wanted = {"username": "new", "email": "new@example.org", "role": "moderator", "new_password": "a good long one"}
    with acts() as done:
        assert as_administrator.post(ADD, wanted).status_code == 302
    user = User.objects.get(username="new")
    assert (user.role, user.is_staff, user.check_password("a good long one")) == (Role.MODERATOR, True, True)
    assert done == ["account.created", "role.changed"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"new_password": ""}, "needs a password"),
        ({"username": "OWNER"}, "username"),
        ({"email": "OWNER@example.org"}, "email"),
    ],
)
def test_an_account_that_cannot_be_is_not_added(as_administrator, owner, change, said):
    wanted = {"username": "new", "email": "new@example.org", "role": "user", "new_password": "a good long one"}
    answer = as_administrator.post(ADD, wanted | change)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert User.objects.count() == 2


def test_no_page_shows_a_password_hash(as_administrator, as_moderator, owner):
    for client in (as_administrator, as_moderator):
        for address in (LIST, page(owner)):
            text = client.get(address).content.decode()
            assert "md5$" not in text
            assert owner.password not in text


def test_nobody_is_deleted_since_history_and_images_hang_on_people(as_administrator, owner):
    assert as_administrator.post(f"{LIST}{owner.pk}/delete/", {"post": "yes"}).status_code == 403
    as_administrator.post(LIST, {"action": "delete_selected", "_selected_action": owner.pk, "post": "yes"})
    assert User.objects.filter(pk=owner.pk).exists()


def test_a_role_that_was_taken_ends_the_way_in(as_administrator, moderator):
    client = logged_in(moderator)
    assert client.get(LIST).status_code == 200
    people.set_role(SYSTEM, user=moderator, role=Role.USER)
    assert client.get(LIST).status_code == 302


def test_the_admins_own_doors_lead_to_the_pages_that_throttle_and_write_down(client, as_administrator, db):
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")
    assert client.post("/admin/login/", {"username": "a", "password": "b"})["Location"].startswith("/accounts/login/")
    assert as_administrator.post("/admin/password_change/", {})["Location"] == "/accounts/password/"


def test_groups_are_not_offered(as_administrator):
    assert as_administrator.get("/admin/auth/group/").status_code == 404
