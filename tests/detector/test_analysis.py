"""The job: exactly one worker, exactly one verdict, always an answer."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import analysis, models_in_use
from detector.leases import Swept
from detector.models import Analysis, Finding, State
from ml.serve import InvalidImage

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(submit, owner, settings, monkeypatch):
    """An upload whose bell nobody heard."""
    monkeypatch.setattr(analysis, "ring", lambda *row: None)
    row = submit(owner).analyses.get()
    monkeypatch.undo()
    return row


@pytest.fixture
def queued_row(queued, scorer, monkeypatch):
    monkeypatch.setattr(models_in_use, "scorer_of", lambda version: scorer)
    return queued


def expire(row: Analysis, attempts: int) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Analysis.objects.filter(pk=row.pk).update(state=State.RUNNING, lease_until=past, attempts=attempts)


def test_only_one_of_two_workers_gets_it(queued_row):
    assert analysis.claim(queued_row) is True
    assert analysis.claim(analysis.Analysis.objects.get(pk=queued_row.pk)) is False


def test_a_second_ring_scores_nothing_again(queued_row, scorer):
    analysis.run(queued_row)
    analysis.run(queued_row)
    assert scorer.calls == 1
    assert Finding.objects.count() == 1
    assert AuditEvent.objects.filter(action="verdict").count() == 1


def test_the_verdict_is_written_down_whole(queued_row):
    analysis.run(queued_row)
    queued_row.refresh_from_db()
    assert (queued_row.state, queued_row.label, queued_row.fake_probability) == ("done", "ai_generated", 0.93)
    assert queued_row.lease_until is None
    assert queued_row.finished_at is not None
    assert queued_row.heatmap == [[0.1, 0.9], [0.5, 0.5]]


def test_a_lost_lease_cannot_finish(queued_row, scorer):
    """A worker that slept past its lease finds another attempt under way: only that one may write."""
    slow = analysis.queued(queued_row.pk)
    assert analysis.claim(slow)
    expire(slow, attempts=1)
    analysis.sweep()  # runs it in this process
    queued_row.refresh_from_db()
    assert (queued_row.state, queued_row.attempts) == ("done", 2)
    from tests.factories import image_bytes

    assert analysis.finish(slow, score=scorer.judge(scorer.open(image_bytes())), rows=[]) is False
    assert Finding.objects.count() == 1


def test_sweep_rings_what_was_never_heard(queued_row):
    assert analysis.sweep() == Swept(rung=1, reopened=0, failed=0)
    queued_row.refresh_from_db()
    assert queued_row.state == "done"


def test_a_new_start_picks_up_what_a_killed_process_left(queued_row):
    expire(queued_row, attempts=1)
    call_command("bootstrap")
    queued_row.refresh_from_db()
    assert (queued_row.state, queued_row.attempts) == ("done", 2)


def test_sweep_leaves_a_running_lease_alone(queued_row):
    analysis.claim(queued_row)
    assert analysis.sweep() == Swept(rung=0, reopened=0, failed=0)


def test_a_lease_of_a_clock_that_ran_ahead_does_not_hold_until_then(queued_row):
    analysis.claim(queued_row)
    Analysis.objects.update(lease_until=timezone.now() + timedelta(days=365))
    assert analysis.sweep() == Swept(rung=1, reopened=1, failed=0)


def test_after_three_attempts_it_fails_with_a_sentence(queued_row):
    expire(queued_row, attempts=3)
    assert analysis.sweep().failed == 1
    queued_row.refresh_from_db()
    assert (queued_row.state, queued_row.error_code) == ("failed", "gave_up")
    assert "3 times" in queued_row.error_detail


def test_a_scorer_that_breaks_ends_in_a_failure_and_not_in_silence(queued_row, scorer, monkeypatch):
    def broken(picture):
        raise RuntimeError("the network is gone")

    monkeypatch.setattr(scorer, "judge", broken)
    analysis.run(queued_row)
    queued_row.refresh_from_db()
    assert (queued_row.state, queued_row.error_code) == ("failed", "analysis_failed")
    assert "network is gone" not in queued_row.error_detail


def test_a_file_that_the_scorer_refuses_fails_with_its_words(queued_row, scorer, monkeypatch):
    def refuse(picture):
        raise InvalidImage("truncated", "The image is cut off.")

    monkeypatch.setattr(scorer, "judge", refuse)
    analysis.run(queued_row)
    queued_row.refresh_from_db()
    assert (queued_row.error_code, queued_row.error_detail) == ("truncated", "The image is cut off.")


def test_a_failed_analysis_can_be_tried_again(queued_row, on_commit, owner):
    expire(queued_row, attempts=3)
    analysis.sweep()
    queued_row.refresh_from_db()
    with on_commit():
        assert analysis.retry(Actor(user=owner), analysis=queued_row)
    queued_row.refresh_from_db()
    assert (queued_row.state, queued_row.error_code) == ("done", "")


def test_a_finished_analysis_is_not_retried(queued_row, owner):
    analysis.run(queued_row)
    queued_row.refresh_from_db()
    assert analysis.retry(Actor(user=owner), analysis=queued_row) is False


def test_a_broker_that_is_down_does_not_fail_the_upload(queued_row, settings, monkeypatch):
    from detector import tasks

    def down(arguments, countdown):
        raise ConnectionError("broker")

    settings.ANALYZE_IN_REQUEST = False
    monkeypatch.setattr(tasks.analyze, "apply_async", down)
    analysis.ring(queued_row)
    queued_row.refresh_from_db()
    assert queued_row.state == "queued"


def test_a_row_that_was_deleted_meanwhile_is_no_error(queued_row):
    row = analysis.queued(queued_row.pk)
    queued_row.upload.delete()
    analysis.run(row)
    assert analysis.queued(row.pk) is None
