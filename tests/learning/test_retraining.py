"""The process that trains: whatever happens in it ends in its row, and nothing private is left behind."""

import time

import pytest

from accounts.audit import Actor
from fakedetect_site import celery
from learning import launching, retraining, runs
from learning.errors import LearningRefused
from learning.models import RunState, Stage, TrainingRun
from ml import reviews

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(submit, owner, moderator, agrees, decide, administrator, settings, tmp_path, monkeypatch):
    settings.TRAINING_DIR = tmp_path / "training"
    settings.TRAINING_DATA = settings.TRAINING_DIR / "manifest.jsonl"
    monkeypatch.setattr(retraining, "training_modules", lambda *names: [None] * len(names))
    agrees(owner)
    decide(moderator, submit(owner), "authentic")
    return runs.start(Actor(user=administrator), only_new=True, here=True)


def ended(run):
    run.refresh_from_db()
    return run.state, run.error


def test_a_run_that_is_asked_to_stop_stops_and_leaves_no_picture(run, administrator, monkeypatch):
    def plan(*args, log, **options):
        assert list(launching.folder_of(run).rglob("*.jpg"))
        runs.cancel(Actor(user=administrator), run=run)
        log("The next step.")

    monkeypatch.setattr(reviews, "plan", plan)
    monkeypatch.setattr(retraining, "_EVERY", 0)
    assert retraining.work(run)
    assert ended(run) == (RunState.CANCELLED, "")
    assert not list(launching.folder_of(run).rglob("*.jpg"))
    assert not list(launching.folder_of(run).rglob("*.jsonl"))


def test_what_can_be_told_is_told(run, monkeypatch):
    def plan(*args, **options):
        raise LearningRefused("Bring the old data back.")

    monkeypatch.setattr(reviews, "plan", plan)
    retraining.work(run)
    assert ended(run) == (RunState.FAILED, "Bring the old data back.")


def test_what_nobody_expected_ends_in_a_sentence_and_in_the_log(run, monkeypatch, caplog):
    def plan(*args, **options):
        raise KeyError("secret detail")

    monkeypatch.setattr(reviews, "plan", plan)
    retraining.work(run)
    state, error = ended(run)
    assert state == RunState.FAILED
    assert "Something broke on our side" in error
    assert "secret detail" not in error
    assert "secret detail" in caplog.text


def test_a_second_process_does_nothing(run):
    runs.claim(run)
    assert not retraining.work(TrainingRun.objects.get())


def test_the_row_is_looked_at_now_and_then_and_always_at_the_end(run, monkeypatch):
    runs.claim(run)
    follower = retraining.Follower(run)
    follower.enter(Stage.TRAIN)
    told = []
    monkeypatch.setattr(runs, "follow", lambda run, **values: told.append(values["done"]))
    for done in range(1, 101):
        follower.counted("training", done, 100)
    assert (told[0], told[-1]) == (1, 100)
    assert len(told) < 10


def test_a_silent_stage_still_has_a_heartbeat(run, settings):
    settings.LEASE_SECONDS = 0.2
    runs.claim(run)
    before = run.heartbeat_at
    with retraining._alive(run):
        deadline = time.monotonic() + 20
        while TrainingRun.objects.get().heartbeat_at == before and time.monotonic() < deadline:
            time.sleep(0.05)
    assert TrainingRun.objects.get().heartbeat_at > before


def test_the_task_goes_into_a_queue_of_its_own():
    route = celery.app.amqp.router.route({}, "learning.tasks.retrain")
    assert route["queue"].name == "training"


def test_a_broker_that_is_away_loses_no_run(run, settings, caplog):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    launching.ring(run)
    assert "waits for the next round" in caplog.text
    assert ended(run)[0] == RunState.QUEUED
