"""A session ends by its age and when nobody uses it, whatever its cookie says."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import session_life
from accounts.models import AuditEvent
from tests.conftest import PASSWORD

HOME, HOUR = "/accounts/profile/", 3600
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """`clock(hours)` sets the clock of sessions so far ahead."""
    now = time.time()
    return lambda hours: monkeypatch.setattr(session_life.time, "time", lambda: now + hours * HOUR)


@pytest.fixture
def client(owner):
    client = Client()
    assert client.post("/accounts/login/", {"username": "owner", "password": PASSWORD}).status_code == 302
    return client


def is_in(client) -> bool:
    return client.get(HOME).status_code == 200


def test_one_that_nobody_used_for_too_long_ends_and_is_gone(client, clock, settings):
    settings.SESSION_IDLE_HOURS = 2
    clock(1.9)
    assert is_in(client)
    clock(3.8)  # counted from the last use, not from the log-in
    assert is_in(client)
    clock(5.9)
    assert not is_in(client)
    assert not Session.objects.exists()
    assert AuditEvent.objects.order_by("id").last().action == "logout"


def test_one_that_is_used_all_the_time_ends_by_its_age(client, clock, settings):
    settings.SESSION_HOURS, settings.SESSION_IDLE_HOURS = 5, 2
    for hour in (1, 2, 3, 4, 4.9):
        clock(hour)
        assert is_in(client)
    clock(5)
    assert not is_in(client)


def test_without_a_limit_of_idle_time_only_age_counts(client, clock, settings):
    settings.SESSION_HOURS, settings.SESSION_IDLE_HOURS = 100, 0
    clock(99)
    assert is_in(client)
    clock(100)
    assert not is_in(client)


def test_its_end_holds_for_the_api_too(client, clock, settings):
    settings.SESSION_IDLE_HOURS = 1
    clock(2)
    assert client.get("/api/v1/me/").status_code == 401


def test_a_new_log_in_begins_anew(client, clock, settings):
    settings.SESSION_HOURS = 5
    clock(6)
    assert not is_in(client)
    client.post("/accounts/login/", {"username": "owner", "password": PASSWORD})
    assert is_in(client)
    clock(10)
    assert is_in(client)


def test_one_of_an_earlier_release_is_taken_over_and_ends_too(owner, client, clock, settings):
    session = client.session
    for name in ("began", "seen"):
        del session[name]
    session.save()
    settings.SESSION_IDLE_HOURS = 1
    assert is_in(client)
    clock(2)
    assert not is_in(client)


def test_not_every_request_writes(client, clock):
    is_in(client)
    saved = Session.objects.get().session_data
    clock(0.05)
    is_in(client)
    assert Session.objects.get().session_data == saved
    clock(0.1)
    is_in(client)
    assert Session.objects.get().session_data != saved
