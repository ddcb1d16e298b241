"""Filters of the history: by action, person, thing, period, request, model and address."""

from datetime import UTC, datetime

import pytest

from accounts import audit, tokens
from accounts.audit import Actor
from accounts.audit_search import EventFilter
from accounts.models import AuditEvent


@pytest.fixture
def events(owner, stranger, unguarded):
    token, _ = tokens.issue(Actor(user=owner), user=owner, name="script")
    by_token = Actor(user=owner, token=token, address="2001:db8::7", request_id="request-2")
    audit.record(Actor(user=owner, address="192.0.2.1", request_id="request-1"), "upload.created", target="upload:7")
    audit.record(by_token, "upload.deleted", target="upload:8", model="2026.11.5")
    audit.record(Actor(user=stranger), "case.created", target="case:7", model="2026.11.4")
    audit.record(Actor(name="Owner", address="192.0.2.1"), "login.failed")
    audit.record(audit.SYSTEM, "login")
    for number in range(1, 7):
        at = datetime(2026, 3, number, 23, 30, tzinfo=UTC)
        AuditEvent.objects.filter(pk=number).update(at=at)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"action": "login"}, [6]),
        ({"action": "login."}, [5]),
        ({"action": "upload."}, [2, 3]),
        ({"actor": "owner"}, [1, 2, 3, 5]),
        ({"actor": "OWNER"}, [1, 2, 3, 5]),
        ({"actor": "token:1"}, [3]),
        ({"actor": "nobody"}, []),
        ({"target": "upload:7"}, [2]),
        ({"target": "upload:"}, [2, 3]),
        ({"target": "7"}, []),
        ({"after": "2026-03-04"}, [4, 5, 6]),
        ({"before": "2026-03-04"}, [1, 2, 3, 4]),
        ({"after": "2026-03-02", "before": "2026-03-02"}, [2]),
        ({"request_id": "request-2"}, [3]),
        ({"model": "2026.11.5"}, [3]),
        ({"address": "192.0.2.1"}, [2, 5]),
        ({"address": "2001:db8::7", "action": "upload."}, [3]),
    ],
)
def test_a_filter_finds_what_it_names(events, query, found):
    if query.get("actor", "").startswith("token:"):
        query = {"actor": AuditEvent.objects.get(pk=3).actor}
    chosen = EventFilter(query, AuditEvent.objects.order_by("id"))
    assert chosen.is_valid()
    assert [event.pk for event in chosen.qs] == found


@pytest.mark.parametrize("query", [{"after": "yesterday"}, {"before": "2026-13-01"}])
def test_a_day_that_is_none_is_refused(db, query):
    assert not EventFilter(query, AuditEvent.objects.all()).is_valid()


def test_it_says_which_filters_are_set(db):
    assert EventFilter({"actor": " owner ", "model": "", "page": "2"}).chosen() == {"actor": "owner"}
