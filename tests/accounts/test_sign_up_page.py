"""/accounts/signup/"""

import pytest
from django.urls import reverse

from accounts import people
from accounts.models import User

PAGE = "/accounts/signup/"
FORM = {
    "username": "anna",
    "email": "anna@example.org",
    "password": "correct horse battery",
    "repeated": "correct horse battery",
}

pytestmark = pytest.mark.django_db


def test_signing_up_makes_the_account_logs_in_and_leads_to_the_upload(client, acts):
    with acts() as done:
        answer = client.post(PAGE, FORM)
    assert (answer.status_code, answer["Location"]) == (302, reverse("detector:upload"))
    assert client.session["_auth_user_id"] == str(User.objects.get(username="anna").pk)
    assert done == ["account.created", "login"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "OWNER"}, "username"),
        ({"username": "spaces in it"}, "username"),
        ({"username": ""}, "username"),
        ({"email": "OWNER@example.org"}, "email"),
        ({"email": "no address"}, "email"),
        ({"repeated": "something else"}, "repeated"),
        ({"password": "short", "repeated": "short"}, "password"),
        ({"password": "1234567890123", "repeated": "1234567890123"}, "password"),
        ({"password": "password123", "repeated": "password123"}, "password"),
        ({"password": "anna@example.org", "repeated": "anna@example.org"}, "password"),
        ({"password": ""}, "password"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_made(client, owner, acts, change, field):
    with acts() as done:
        answer = client.post(PAGE, FORM | change)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert (User.objects.count(), done) == (1, [])


def test_whoever_is_a_moment_late_gets_a_sentence(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise people.Refused("This username or e-mail address belongs to another account.")

    monkeypatch.setattr("accounts.people.sign_up", refuse)
    answer = client.post(PAGE, FORM)
    assert "belongs to another account" in answer.content.decode()


def test_no_role_can_be_smuggled_in(client):
    client.post(PAGE, FORM | {"role": "administrator", "is_staff": "on", "is_superuser": "on"})
    user = User.objects.get()
    assert (user.role, user.is_staff, user.is_superuser) == ("user", False, False)


def test_a_closed_sign_up_is_not_there_and_nobody_points_to_it(client, settings):
    assert PAGE in client.get("/accounts/login/").content.decode()
    settings.SIGN_UP_OPEN = False
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, FORM).status_code == 404
    assert PAGE not in client.get("/accounts/login/").content.decode()
    assert not User.objects.exists()


def test_whoever_is_logged_in_is_led_on(as_owner):
    for answer in (as_owner.get(PAGE), as_owner.post(PAGE, FORM)):
        assert answer["Location"] == reverse("detector:upload")
    assert User.objects.count() == 1


def test_the_password_is_not_echoed(client):
    answer = client.post(PAGE, FORM | {"repeated": "something else"})
    assert "correct horse battery" not in answer.content.decode()
