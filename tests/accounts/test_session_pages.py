"""/accounts/sessions/: where one is logged in, as far as a browser says what it is, and how to end it."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import devices
from accounts.models import AuditEvent
from tests.conftest import PASSWORD

PAGE, HOME = "/accounts/sessions/", "/accounts/profile/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
    " Mobile/15E148 Safari/604.1"
)

pytestmark = pytest.mark.django_db


def logged_in(agent: str, name: str = "owner") -> Client:
    client = Client(headers={"User-Agent": agent})
    assert client.post("/accounts/login/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def ids(client: Client) -> dict[str, str]:
    """Of each session that one may end, by its browser."""
    page = client.get(PAGE).content.decode()
    return dict(re.findall(r'<th scope="row">([^<]*)</th>(?:(?!</tr>).)*?name="session" value="(\w+)"', page, re.S))


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (EDGE, "Edge, Windows"),
        (PHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5.0", ""),
        ("", ""),
        ("<script>Firefox/1", "Firefox"),
    ],
)
def test_of_what_a_browser_says_its_name_and_system_are_kept(agent, name):
    assert devices.name_of(agent) == name


def test_each_session_is_listed_ones_own_first_and_nobody_elses(owner, stranger):
    logged_in(PHONE), logged_in(EDGE, "stranger")
    here = logged_in(FIREFOX)
    page = here.get(PAGE).content.decode()
    assert re.findall(r'<th scope="row">(.*?)</th>', page) == ["Firefox, Linux", "Safari, iPhone"]
    assert page.count("now, by you") == 1
    assert "Edge" not in page
    assert not [row.pk for row in Session.objects.all() if row.pk in page]  # no key of any session stands there


def test_one_that_is_over_is_not_listed_before_its_next_request_finds_out(owner, settings):
    settings.SESSION_IDLE_HOURS = 2
    unused = logged_in(PHONE)
    store = unused.session
    store["seen"] -= 2 * 3600
    store.save()
    here = logged_in(FIREFOX)
    assert "iPhone" not in here.get(PAGE).content.decode()
    assert not is_in(unused)


def test_one_is_ended_by_name_and_the_others_go_on(owner):
    elsewhere, third = logged_in(PHONE), logged_in(EDGE)
    here = logged_in(FIREFOX)
    edge = ids(here)["Edge, Windows"]
    page = here.post(PAGE, {"session": edge}, follow=True).content.decode()
    assert "1 session was ended." in page
    assert [is_in(one) for one in (here, elsewhere, third)] == [True, True, False]
    event = AuditEvent.objects.filter(action="session.ended").get()
    assert (event.target, event.details) == (f"user:{owner.pk}", {"sessions": 1})
    assert "had ended already" in here.post(PAGE, {"session": edge}, follow=True).content.decode()
    assert AuditEvent.objects.filter(action="session.ended").count() == 1


def test_all_others_are_ended_at_once_and_ones_own_is_not(owner, stranger):
    others, here, theirs = [logged_in(PHONE), logged_in(EDGE)], logged_in(FIREFOX), logged_in(EDGE, "stranger")
    assert "2 sessions were ended." in here.post(PAGE, follow=True).content.decode()
    assert [is_in(one) for one in (*others, here, theirs)] == [False, False, True, True]
    assert "You are logged in nowhere else." in here.get(PAGE).content.decode()


def test_a_session_of_somebody_else_is_not_ended_by_its_name(owner, stranger):
    victim, other = logged_in(PHONE), logged_in(FIREFOX)
    [name] = ids(other).values()
    attacker = logged_in(EDGE, "stranger")
    attacker.post(PAGE, {"session": name})
    assert is_in(victim)


def test_a_session_of_an_earlier_release_is_listed_without_what_is_not_known(owner):
    old, here = logged_in(PHONE), logged_in(FIREFOX)
    session = old.session
    for name in ("began", "seen", "device"):
        del session[name]
    session.save()
    rows = re.findall(r"<tr>(.*?)</tr>", here.get(PAGE).content.decode(), re.S)[1:]
    assert rows[1].count("unknown") == 3


def test_nobody_sees_it_who_is_not_logged_in(client):
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
