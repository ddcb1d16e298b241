"""When a session begins it is a new one, and when it ends it is worth nothing to whoever copied its cookie."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from tests.conftest import PASSWORD

HOME = "/accounts/profile/"


def session_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def with_cookie(value: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    return client


def log_in(client: Client) -> None:
    assert client.post("/accounts/login/", {"username": "owner", "password": PASSWORD}).status_code == 302


def test_a_log_in_begins_a_new_session(owner):
    """Whoever slipped a session of their own under a person is not logged in with them."""
    client = Client()
    log_in(client)
    planted = session_of(client)
    client.post("/accounts/logout/")
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    log_in(client)
    assert session_of(client) != planted
    assert with_cookie(planted).get(HOME).status_code == 302


def test_a_cookie_that_was_copied_ends_with_the_log_out(owner):
    client = Client()
    log_in(client)
    copied = with_cookie(session_of(client))
    assert copied.get(HOME).status_code == 200
    client.post("/accounts/logout/")
    assert copied.get(HOME).status_code == 302
    assert not Session.objects.exists()


def test_a_new_password_ends_every_other_session(owner):
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    new = "a new correct horse"
    words = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/accounts/password/", words).status_code == 302
    assert here.get(HOME).status_code == 200
    assert elsewhere.get(HOME).status_code == 302


def test_what_is_sent_as_a_cookie_is_closed_to_scripts_and_other_sites(owner):
    client = Client()
    log_in(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert len(cookie.value) >= 32  # of 36 letters: more than 128 bits
