"""The admin of the history: to be searched and read, by nobody to be changed."""

import pytest

from accounts import audit
from accounts.audit import Actor
from accounts.models import AuditEvent

LIST = "/admin/accounts/auditevent/"


@pytest.fixture
def event(owner):
    actor = Actor(user=owner, address="192.0.2.77", request_id="request-12345")
    return audit.record(actor, "test.done", target="upload:7", details={"why": "<b>because</b>"})


def rows(client, **query):
    return [row.pk for row in client.get(LIST, query).context["cl"].result_list]


@pytest.mark.parametrize("word", ["test.done", "upload:7", "owner", "192.0.2.77", "request-12345"])
def test_an_event_is_found_by_what_it_tells(as_moderator, event, word):
    assert event.pk in rows(as_moderator, q=word)
    assert rows(as_moderator, q="nothing like it") == []


def test_it_is_filtered_by_action_and_date(as_moderator, event):
    assert rows(as_moderator, action="test.done") == [event.pk]
    assert event.pk in rows(as_moderator, at__year=event.at.year)
    assert rows(as_moderator, at__year=2001) == []


def test_details_are_readable_and_harmless(as_moderator, event):
    text = as_moderator.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "&quot;why&quot;: &quot;&lt;b&gt;because" in text
    assert "<b>because" not in text


@pytest.mark.parametrize("who", ["as_moderator", "as_administrator"])
def test_nobody_adds_changes_or_deletes(request, event, who):
    client, page = request.getfixturevalue(who), f"{LIST}{event.pk}"
    answers = [client.post(f"{LIST}add/"), client.post(f"{page}/change/"), client.post(f"{page}/delete/")]
    assert [answer.status_code for answer in answers] == [403] * 3
    client.post(LIST, {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert AuditEvent.objects.filter(pk=event.pk).exists()
    assert audit.verify_chain() is None


def test_plain_users_do_not_see_it(as_owner, event):
    assert as_owner.get(LIST).status_code == 302
