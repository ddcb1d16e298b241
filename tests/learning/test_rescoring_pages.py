"""Pages, API and command of history scored again: who may see what, who may start and cancel."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector.models import Upload
from learning import bells, rescoring
from learning.models import Rescoring, VerdictChange
from tests.learning.test_rescoring import age, to_the_end

pytestmark = pytest.mark.django_db
LIST = "/learning/rescorings/"


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """Steps are taken by the tests."""
    monkeypatch.setattr(bells, "rescore", lambda run, after=0.0: None)


@pytest.fixture
def past(submit, owner, stranger, other):
    made = [submit(owner, name="=1+1.jpg", seed=1), submit(stranger, name="theirs.jpg", seed=2)]
    age(*made)
    return made


@pytest.fixture
def run(past, candidate, serves, administrator):
    serves(candidate)
    return rescoring.start(Actor(user=administrator), version=candidate.version)


@pytest.fixture
def ended(run):
    return to_the_end(run)


def page(run: Rescoring) -> str:
    return f"{LIST}{run.pk}/"


def test_moderators_see_the_runs_and_start_none(as_moderator, run):
    answer = as_moderator.get(LIST)
    assert (answer.status_code, "A run is under way" in answer.content.decode()) == (200, True)
    assert as_moderator.post(LIST, {"per_minute": 60}).status_code == 403


def test_others_see_no_runs(as_owner, client, run):
    assert as_owner.get(LIST).status_code == 403
    assert client.get(LIST).status_code == 302


def test_an_administrator_starts_a_run(as_administrator, administrator, past, candidate, serves):
    serves(candidate)
    form = {"per_minute": 30, "owner": "OWNER", "label": "ai_generated", "since": "2020-01-01"}
    answer = as_administrator.post(LIST, form)
    made = Rescoring.objects.get()
    assert (answer.status_code, answer.url) == (302, page(made))
    assert (made.per_minute, made.owner.username, made.label, made.started_by) == (
        30, "owner", "ai_generated", administrator,
    )  # fmt: skip
    event = AuditEvent.objects.get(action="rescoring.started")
    assert (event.actor, event.details["label"]) == (f"user:{administrator.pk}", "ai_generated")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"per_minute": 0}, "greater than or equal to 1"),
        ({"per_minute": 5, "owner": "nobody"}, "Nobody has this user name"),
        ({"per_minute": 5, "since": "yesterday"}, "Enter a valid date"),
        ({"per_minute": 5, "since": "2026-02-01", "until": "2026-01-01"}, "The first day lies behind the last"),
    ],
)
def test_bad_input_is_told_and_kept(as_administrator, model, form, words):
    answer = as_administrator.post(LIST, form)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert f'value="{form["per_minute"]}"' in answer.content.decode()


def test_a_second_run_is_refused_with_a_sentence(as_administrator, run):
    answer = as_administrator.post(LIST, {"per_minute": 60})
    assert (answer.status_code, Rescoring.objects.count()) == (400, 1)


def test_a_moderator_sees_all_that_changed(as_moderator, ended):
    text = as_moderator.get(page(ended)).content.decode()
    assert "=1+1.jpg" in text
    assert "theirs.jpg" in text
    assert "2 of 2 uploads looked at" in text


def test_an_owner_sees_what_is_theirs_and_nothing_of_the_run(as_owner, ended):
    text = as_owner.get(page(ended)).content.decode()
    assert "=1+1.jpg" in text
    assert "theirs.jpg" not in text
    assert "looked at. " not in text


def test_who_has_nothing_in_a_run_learns_nothing_of_it(client, ended, django_user_model):
    client.force_login(django_user_model.objects.create_user("third", "third@example.org", "x"))
    assert client.get(page(ended)).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("before=ai_generated", True),
        ("before=inconclusive", False),
        ("after=authentic", True),
        ("after=manipulated", False),
        ("decided=no", True),
        ("decided=yes", False),
        ("before=nonsense", True),
    ],
)
def test_the_changes_are_filtered(as_moderator, ended, query, found):
    text = as_moderator.get(f"{page(ended)}?{query}").content.decode()
    assert ("theirs.jpg" in text) is found
    assert ("Nothing matches" in text) is not found


def test_a_persons_decision_is_named_beside_the_change(as_moderator, moderator, past, ended, decide):
    decide(moderator, past[0], "manipulated")
    text = as_moderator.get(f"{page(ended)}?decided=yes").content.decode()
    assert "A person decided; that stands." in text
    assert "theirs.jpg" not in text


def test_pages_follow_each_other_by_key(as_moderator, ended, past, monkeypatch):
    monkeypatch.setattr("learning.rescoring_views._PAGE", 1)
    first = as_moderator.get(page(ended))
    second = as_moderator.get(first.context["next_url"])
    names = [row.upload.name for answer in (first, second) for row in answer.context["rows"]]
    assert sorted(names) == ["=1+1.jpg", "theirs.jpg"]
    assert second.context["next_url"] is None
    assert as_moderator.get(f"{page(ended)}?before_row=x").status_code == 200


def test_the_csv_holds_the_chosen_rows_and_no_formula(as_moderator, ended, past):
    answer = as_moderator.get(f"{page(ended)}?format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    named = {row["upload"]: row for row in rows}
    assert set(named) == {str(upload.pk) for upload in past}
    mine = named[str(past[0].pk)]
    assert (mine["name"], mine["before"], mine["after"]) == ("'=1+1.jpg", "ai_generated", "authentic")
    assert answer["Cache-Control"] == "private, no-store"


def test_an_owners_csv_holds_what_is_theirs(as_owner, ended, past):
    text = b"".join(as_owner.get(f"{page(ended)}?format=csv").streaming_content).decode()
    assert str(past[0].pk) in text
    assert str(past[1].pk) not in text


def test_the_progress_is_a_fragment(as_administrator, run):
    answer = as_administrator.get(page(run), HTTP_HX_REQUEST="true")
    text = answer.content.decode()
    assert "<html" not in text
    assert "The uploads are being counted." in text
    assert "Cancel this run" in text


def test_only_an_administrator_cancels(as_moderator, as_administrator, run):
    assert as_moderator.post(f"{page(run)}cancel/").status_code == 403
    assert as_administrator.get(f"{page(run)}cancel/").status_code == 405
    assert as_administrator.post(f"{page(run)}cancel/").status_code == 302
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_the_promotion_page_offers_it(as_administrator, past, candidate, model):
    action = {"action": "promote", "_selected_action": candidate.pk}
    address = "/admin/detector/modelversion/"
    assert "Look at earlier uploads too" in as_administrator.post(address, action).content.decode()
    sure = {"sure": "yes", "forced": "yes", "reason": "a test"}
    as_administrator.post(address, action | sure | {"rescore": "yes", "per_minute": "12"})
    run = Rescoring.objects.get()
    assert (run.model, run.per_minute) == (candidate, 12)


def test_without_the_tick_nothing_is_scored_again(as_administrator, candidate, other):
    sure = {"action": "promote", "_selected_action": candidate.pk, "sure": "yes", "forced": "yes", "reason": "a test"}
    as_administrator.post("/admin/detector/modelversion/", sure)
    candidate.refresh_from_db()
    assert (candidate.is_current, Rescoring.objects.count()) == (True, 0)


def test_a_pace_that_cannot_be_is_told_and_the_model_serves(as_administrator, candidate, other):
    sure = {"action": "promote", "_selected_action": candidate.pk, "sure": "yes", "forced": "yes", "reason": "a test"}
    answer = as_administrator.post(
        "/admin/detector/modelversion/", sure | {"rescore": "yes", "per_minute": "0"}, follow=True
    )
    assert "History is not scored again" in answer.content.decode()
    candidate.refresh_from_db()
    assert candidate.is_current


def test_administrators_read_the_figures_by_the_api(as_administrator, as_moderator, ended):
    told = as_administrator.get("/api/v1/rescorings/").json()
    assert [(row["id"], row["status"], row["changed"]) for row in told] == [(str(ended.pk), "done", 2)]
    assert as_administrator.get(f"/api/v1/rescorings/{ended.pk}/").json()["total"] == 2
    assert as_moderator.get("/api/v1/rescorings/").status_code == 403
    assert as_moderator.get(f"/api/v1/rescorings/{ended.pk}/").status_code == 403


def test_the_command_goes_through_history(past, candidate, serves, capsys):
    serves(candidate)
    call_command("rescore", "--model", candidate.version, "--per-minute", "6000")
    assert "Done: 2 of 2 scored, 0 failed, 2 changed." in capsys.readouterr().err
    assert {upload.latest.model for upload in Upload.objects.all()} == {candidate}


def test_the_command_goes_on_with_a_run_that_was_left(past, candidate, serves, run, capsys):
    Rescoring.objects.update(per_minute=6000)
    call_command("rescore", "--resume")
    assert "Done: 2 of 2" in capsys.readouterr().err


def test_the_command_cancels(past, run, capsys):
    Rescoring.objects.filter(pk=run.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    call_command("rescore", "--cancel")
    run.refresh_from_db()
    assert (run.state, VerdictChange.objects.count()) == ("cancelled", 0)


def test_the_command_leaves_the_work_to_the_site(past, candidate, serves, capsys):
    serves(candidate)
    call_command("rescore", "--background", "--owner", "owner", "--verdict", "ai_generated", "--since", "2020-01-01")
    run = Rescoring.objects.get()
    assert (run.state, run.owner.username, run.label, run.settled) == ("queued", "owner", "ai_generated", 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "9999.1"], "does not serve"),
        (["--owner", "nobody"], "Nobody has the user name"),
        (["--per-minute", "0"], "Choose between"),
        (["--resume"], "No run is open"),
        (["--cancel"], "No run is open"),
    ],
)
def test_the_command_says_what_it_cannot_do(past, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("rescore", *options)
