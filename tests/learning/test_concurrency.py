"""Many at once on one run, one trial and one cursor, with real threads and real transactions."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.models import Count, Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import intake, models_in_use
from detector.models import Analysis, Upload
from fakedetect_site.background import Background
from learning import bells, counting, rescoring, rescoring_steps, shadow
from learning.models import CountCursor, Rescoring, ShadowScore, VerdictChange, WeeklyCount
from notices.models import Notice
from tests.detector.test_concurrency import at_once
from tests.factories import image_bytes
from tests.programs import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No thread of the site's own takes part."""
    monkeypatch.setattr(bells, "rescore", lambda run, after=0.0: None)
    monkeypatch.setattr(bells, "look", lambda score: None)


@pytest.fixture
def past(other, owner):
    """Uploads of an hour ago."""

    def act(count: int) -> list[Upload]:
        made = [
            intake.submit(
                Actor(user=owner), owner=owner, name=f"{n}.jpg", data=image_bytes(seed=n, width=96, height=96)
            )
            for n in range(count)
        ]
        long_ago = timezone.now() - timedelta(hours=1)
        Upload.objects.update(created_at=long_ago)
        Analysis.objects.update(created_at=long_ago, shown_since=long_ago)
        return made

    return act


def go_through(run: Rescoring, _worker: int) -> int:
    """What a worker does, until the run is finished; how many steps it took."""
    taken, patience = 0, threading.Event()
    while (pause := rescoring_steps.pause_of(run.pk)) is not None:
        assert pause < 200, Rescoring.objects.get(pk=run.pk).trouble
        if found := rescoring_steps.take(run.pk):
            rescoring_steps.act(found)
            taken += 1
        patience.wait(min(pause, 0.02))
    return taken


def test_four_workers_on_one_run_score_each_upload_once(past, candidate, serves, administrator, other):
    past(10)
    serves(candidate)
    run = rescoring.start(Actor(user=administrator), version=candidate.version, per_minute=6000)
    at_once(partial(go_through, run), range(4))
    run.refresh_from_db()
    assert (run.state, run.scored, run.failed, run.changed) == ("done", 10, 0, 10)
    assert other.calls == 10
    assert Analysis.objects.values("upload", "model").annotate(n=Count("pk")).filter(n__gt=1).count() == 0
    assert (VerdictChange.objects.count(), Notice.objects.count()) == (10, 1)
    assert AuditEvent.objects.filter(action="rescoring.finished").count() == 1
    assert verify_chain() is None


def test_uploads_that_are_deleted_while_history_is_scored_hold_nobody_up(past, candidate, serves, administrator, owner):
    uploads = past(8)
    serves(candidate)
    run = rescoring.start(Actor(user=administrator), version=candidate.version, per_minute=6000)
    delete = partial(intake.delete, Actor(user=owner))
    acts = [partial(go_through, run, 0)] * 2 + [partial(delete, upload=upload) for upload in uploads[::2]]
    at_once(lambda act: act(), acts)
    run.refresh_from_db()
    assert (run.state, Upload.objects.count()) == ("done", 4)
    assert Analysis.objects.filter(model=candidate, state="done").count() == 4
    assert run.trouble == ""


def test_of_eight_that_start_a_run_one_does(past, candidate, serves, administrator):
    serves(candidate)

    def start(_: int) -> bool:
        try:
            rescoring.start(Actor(user=administrator), version=candidate.version)
        except rescoring.Refused:
            return False
        return True

    assert sum(at_once(start, range(8))) == 1
    assert Rescoring.objects.count() == 1


def test_of_many_workers_one_looks_at_a_shadows_row(past, candidate, administrator, other):
    shadow.start(Actor(user=administrator), version=candidate.version, share=1.0)
    past(3)
    rows = list(ShadowScore.objects.values_list("pk", flat=True))
    at_once(shadow.score, [pk for pk in rows for _ in range(3)])
    assert other.calls == 3
    assert set(ShadowScore.objects.values_list("state", flat=True)) == {"done"}


def test_a_claim_asks_for_the_row_s_own_state(past, candidate, administrator, other):
    """Where it stood in a subquery over the same table, two workers had one row on PostgreSQL, one time in many."""
    shadow.start(Actor(user=administrator), version=candidate.version, share=1.0)
    past(1)
    with CaptureQueriesContext(connection) as asked:
        shadow.score(ShadowScore.objects.get().pk)
    claim = next(one["sql"] for one in asked if one["sql"].startswith("UPDATE") and "running" in one["sql"])
    assert 'FROM "learning_shadowscore"' not in claim


def test_what_many_count_at_once_is_counted_once(past, model):
    past(6)
    models_in_use.current()
    long_ago = timezone.now() - timedelta(hours=30)
    Analysis.objects.update(created_at=long_ago)
    at_once(lambda _: counting.collect(), range(4))
    assert WeeklyCount.objects.filter(measure="format").aggregate(total=Sum("count"))["total"] == 6
    assert CountCursor.objects.get().analysis_id == Analysis.objects.order_by("-pk").first().pk


def test_without_a_broker_a_thread_of_the_process_goes_through_history(
    past, candidate, serves, administrator, monkeypatch
):
    past(4)
    serves(candidate)
    thread = Background(bells.rescore_on)
    monkeypatch.setattr(bells, "history_thread", thread)
    monkeypatch.setattr(bells, "rescore", lambda run, after=0.0: thread.ask(run.pk))
    run = rescoring.start(Actor(user=administrator), version=candidate.version, per_minute=6000)
    try:
        wait_until(lambda: Rescoring.objects.filter(pk=run.pk, finished_at__isnull=False).exists(), "the end")
    finally:
        thread.end()
    run.refresh_from_db()
    assert (run.state, run.scored) == ("done", 4)


def test_a_process_that_ends_lays_a_run_down(past, candidate, serves, administrator, monkeypatch):
    past(2)
    serves(candidate)
    run = rescoring.start(Actor(user=administrator), version=candidate.version, per_minute=1)
    thread = Background(bells.rescore_on)
    monkeypatch.setattr(bells, "history_thread", thread)
    thread.ask(run.pk)
    wait_until(lambda: Rescoring.objects.get(pk=run.pk).scored == 1, "the first upload")
    thread.end()  # it waits for its next minute, and does not keep the process waiting
    assert not thread._thread.is_alive()
    run.refresh_from_db()
    assert run.state == "running"
