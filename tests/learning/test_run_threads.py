"""Many at once on one training run and on one mistake, with real threads and real transactions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import review
from detector.models import Review
from learning import launching, mistakes, runs
from learning.errors import LearningRefused
from learning.models import Mistake, RunState, TrainingRun
from tests.detector.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet(settings, tmp_path, monkeypatch):
    settings.TRAINING_DIR = tmp_path / "training"
    settings.TRAINING_DATA = settings.TRAINING_DIR / "manifest.jsonl"
    monkeypatch.setattr(launching, "ring", lambda run: None)


@pytest.fixture
def upload(submit, owner, agrees):
    agrees(owner)
    return submit(owner)


@pytest.fixture
def run(upload, moderator, decide, administrator):
    decide(moderator, upload, "authentic")
    return runs.start(Actor(user=administrator), only_new=True)


def acts(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


def test_of_many_who_start_one_run_one_is_heard(upload, moderator, decide, administrator):
    decide(moderator, upload, "authentic")

    def start(_):
        try:
            return bool(runs.start(Actor(user=administrator), only_new=True))
        except LearningRefused:
            return False

    assert sum(at_once(start, range(8))) == 1
    assert (TrainingRun.objects.count(), acts("training.started")) == (1, 1)


def test_of_many_processes_one_claims_a_run(run):
    assert sum(at_once(lambda _: runs.claim(TrainingRun.objects.get()), range(8))) == 1


def test_a_run_that_is_cancelled_and_claimed_at_once_ends_in_one_of_both(run, administrator):
    actor = Actor(user=administrator)

    def act(number):
        copy = TrainingRun.objects.get()
        return runs.claim(copy) if number % 2 else runs.cancel(actor, run=copy)

    at_once(act, range(8))
    row = TrainingRun.objects.get()
    assert row.cancel_asked_at is not None
    assert row.state == (RunState.RUNNING if row.begun_at else RunState.CANCELLED)
    assert acts("training.cancelled") + acts("training.cancel_asked") == 1


def test_of_many_who_give_up_a_silent_run_one_does(run):
    runs.claim(run)
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    at_once(lambda _: runs.sweep(), range(6))
    assert TrainingRun.objects.get().state == RunState.FAILED
    assert acts("training.failed") == 1
    assert verify_chain() is None


def test_many_rounds_at_once_enter_a_mistake_once(upload, moderator, owner, withdraws, agrees):
    withdraws(owner)
    made = review.decide(Actor(user=moderator), upload=upload, decision="authentic")
    Review.objects.filter(pk=made.pk).update(effective_at=timezone.now() - timedelta(seconds=1))
    review.settle()
    agrees(owner)
    at_once(lambda _: mistakes.settle(), range(6))
    assert (Mistake.objects.count(), acts("mistake.entered")) == (1, 1)
