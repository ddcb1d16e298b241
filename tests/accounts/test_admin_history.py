"""The admin of the history: to be searched and read, by nobody to be changed."""

import csv
import io
import json

import pytest

from accounts import audit
from accounts.admin_history import HistoryAdmin
from accounts.audit import Actor
from accounts.models import AuditEvent

LIST = "/admin/accounts/auditevent/"


@pytest.fixture
def event(owner):
    actor = Actor(user=owner, address="192.0.2.77", request_id="request-12345")
    return audit.record(actor, "test.done", target="upload:7", details={"why": "<b>because</b>"}, model="2026.11.5")


def rows(client, **query):
    return [row.pk for row in client.get(LIST, query).context["cl"].result_list]


QUERIES = {
    "action": "test.done",
    "actor": "owner",
    "target": "upload:7",
    "after": "2020-01-01",
    "request_id": "request-12345",
    "model": "2026.11.5",
    "address": "192.0.2.77",
}


@pytest.mark.parametrize("name", QUERIES)
def test_an_event_is_found_by_what_it_tells(as_moderator, event, name):
    assert event.pk in rows(as_moderator, **{name: QUERIES[name]})
    nothing = "2001-01-01" if name == "after" else "nothing-like-it"
    assert rows(as_moderator, **{"before" if name == "after" else name: nothing}) == []


def test_filters_go_together_and_stay_in_the_links_of_the_pages(as_moderator, event, monkeypatch):
    monkeypatch.setattr(HistoryAdmin, "list_per_page", 1)
    for _ in range(2):
        audit.record(Actor(), "test.done", target="upload:7")
    answer = as_moderator.get(LIST, {"action": "test.done", "target": "upload:7"})
    assert answer.context["cl"].result_count == 3
    second = answer.context["cl"].get_query_string({"p": 2})
    assert second == "?action=test.done&p=2&target=upload%3A7"
    assert second.replace("&", "&amp;") in answer.content.decode()


def test_a_day_that_is_none_shows_nothing_and_says_why(as_moderator, event):
    answer = as_moderator.get(LIST, {"after": "yesterday"})
    assert rows(as_moderator, after="yesterday") == []
    assert "Enter a valid date." in answer.content.decode()


def test_each_event_leads_to_those_that_have_something_in_common_with_it(as_moderator, event):
    text = as_moderator.get(f"{LIST}{event.pk}/change/").content.decode()
    for query in ("actor=user", "target=upload%3A7", "request_id=request-12345", "address=192.0.2.77", "model=2026"):
        assert f"{LIST}?{query}" in text


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


def export(client, query="", **form):
    answer = client.post(f"{LIST}export/{query}", {"form": "jsonl", "names": "on"} | form)
    return answer, b"".join(answer.streaming_content).decode() if answer.streaming else ""


def test_administrators_export_what_the_filters_find(as_administrator, administrator, event):
    answer, text = export(as_administrator, "?target=upload:7")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-ndjson")
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-2')
    found, end = map(json.loads, text.splitlines())
    assert (found["id"], found["model"], end["complete"]) == (event.pk, "2026.11.5", False)
    made = AuditEvent.objects.latest("id")
    assert (made.action, made.actor) == ("audit.exported", f"user:{administrator.pk}")
    assert made.personal["private"] == {"filters": {"target": "upload:7"}}


def test_a_csv_holds_the_same_events_and_no_formula(as_administrator, event):
    audit.record(Actor(name="=HYPERLINK(1)"), "login.failed")
    answer, text = export(as_administrator, form="csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert {row["name"] for row in rows} >= {"owner", "'=HYPERLINK(1)"}


def test_names_are_left_out_where_nobody_asks_for_them(as_administrator, event):
    answer = as_administrator.post(f"{LIST}export/", {"form": "jsonl"})
    assert "192.0.2.77" not in b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize(("query", "form"), [("?after=yesterday", "csv"), ("", "xml"), ("", "")])
def test_what_cannot_be_exported_is_said_and_not_written_down(as_administrator, event, query, form):
    answer = as_administrator.post(f"{LIST}export/{query}", {"form": form}, follow=True)
    assert "Nothing was exported." in answer.content.decode()
    assert not AuditEvent.objects.filter(action="audit.exported").exists()


def test_a_key_that_cannot_be_used_is_said(as_administrator, event, settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "key.pem"
    settings.REPORT_KEY.write_text("no key")
    answer = as_administrator.post(f"{LIST}export/", {"form": "jsonl"}, follow=True)
    assert "The key of this site cannot be used" in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("as_moderator", 403), ("as_owner", 302), ("client", 302)])
def test_nobody_else_exports(request, event, who, status):
    client = request.getfixturevalue(who)
    assert client.post(f"{LIST}export/", {"form": "csv"}).status_code == status
    assert ">CSV</button>" not in client.get(LIST, follow=True).content.decode()
    assert not AuditEvent.objects.filter(action="audit.exported").exists()


def test_looking_at_an_address_exports_nothing(as_administrator, event):
    assert as_administrator.get(f"{LIST}export/").status_code == 405
