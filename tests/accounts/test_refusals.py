"""Refused tokens and refused acts are written down, each once in a while."""

import pytest
from django.test import Client

from accounts import refusals, tokens
from accounts.audit import SYSTEM
from accounts.counting import Window
from accounts.models import AuditEvent, Scope

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


def ask(key, path=ME, method="get", **headers):
    return getattr(Client(headers={"Authorization": f"Bearer {key}", **headers}), method)(path)


def events(action):
    return list(AuditEvent.objects.filter(action=action).order_by("id"))


def test_an_unknown_token_is_an_event_with_its_address_and_without_the_key():
    assert ask("fd_nothing_of_ours").status_code == 401
    [event] = events("token.refused")
    assert (event.details, event.target, event.personal["address"]) == ({"state": "unknown"}, "", "127.0.0.1")
    assert "nothing" not in str(event.__dict__)


def test_whose_a_revoked_token_was_is_told(owner):
    token, key = tokens.issue(SYSTEM, user=owner, name="script")
    tokens.revoke(SYSTEM, token=token)
    ask(key)
    [event] = events("token.refused")
    assert (event.target, event.details) == (f"token:{token.pk}", {"state": "revoked"})


def test_a_wrong_secret_under_a_known_prefix_names_nobody(owner):
    token, _key = tokens.issue(SYSTEM, user=owner, name="script")
    ask(f"fd_{token.prefix}_{'a' * 40}")
    assert [event.target for event in events("token.refused")] == [""]


def test_who_tries_in_a_loop_fills_no_history(owner, settings):
    _token, key = tokens.issue(SYSTEM, user=owner, name="script")
    tokens.revoke(SYSTEM, token=_token)
    for number in range(5):
        ask(f"fd_unknown_{number}")
        ask(key)
    assert len(events("token.refused")) == 2  # the unknown ones, and the one that was somebody's
    settings.TRUSTED_PROXIES = 1
    ask("fd_unknown_1", **{"X-Forwarded-For": "192.0.2.7"})
    assert len(events("token.refused")) == 3


def test_a_refused_act_is_an_event_with_the_person(as_owner, owner):
    for _ in range(3):
        assert as_owner.get("/desk/").status_code == 403
    assert as_owner.get("/api/v1/queue/").status_code == 403
    told = [(event.actor, event.target, event.details) for event in events("access.refused")]
    who = f"user:{owner.pk}"
    assert told == [
        (who, who, {"view": "desk:home", "method": "GET"}),
        (who, who, {"view": "desk-api:queue-list", "method": "GET"}),
    ]


def test_a_token_that_may_only_read_is_named(owner):
    token, key = tokens.issue(SYSTEM, user=owner, name="script", scope=Scope.READ)
    assert ask(key, "/api/v1/cases/", "post").status_code == 403
    assert [event.actor for event in events("access.refused")] == [f"token:{token.pk}"]


def test_a_refusal_stands_where_it_cannot_be_written_down(as_owner, monkeypatch):
    def broken(*args, **options):
        raise refusals.DatabaseError

    monkeypatch.setattr(refusals.audit, "record", broken)
    assert as_owner.get("/desk/").status_code == 403
    assert ask("fd_nothing_of_ours").status_code == 401


def test_after_ten_minutes_it_is_told_again(as_owner, monkeypatch):
    window = refusals.counting.window

    def later(period, now=None):
        found = window(period, now)
        return Window(found.period, found.begin.replace(year=found.begin.year + 1), found.end)

    as_owner.get("/desk/")
    monkeypatch.setattr(refusals.counting, "window", later)
    as_owner.get("/desk/")
    assert len(events("access.refused")) == 2
