"""The life of a training run: every step is taken once, whoever takes it, and nothing hangs."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector.models import ModelVersion
from fakedetect_site import rounds
from learning import launching, readiness, runs
from learning.errors import LearningRefused
from learning.models import RunState, Stage, TrainingRun
from learning.runs import Stopped
from ml import registry, serve
from notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.TRAINING_DIR = tmp_path / "training"
    settings.TRAINING_DATA = settings.TRAINING_DIR / "manifest.jsonl"


@pytest.fixture
def begun(monkeypatch):
    """The runs for which a process would have been begun."""
    told = []
    monkeypatch.setattr(launching, "ring", lambda run: told.append(run.pk))
    return told


@pytest.fixture
def reviewed(submit, owner, moderator, agrees, decide):
    agrees(owner)
    decide(moderator, submit(owner), "authentic")


@pytest.fixture
def start(reviewed, begun, administrator, on_commit):
    def act(**options) -> TrainingRun:
        with on_commit():
            return runs.start(Actor(user=administrator), **{"only_new": True} | options)

    return act


@pytest.fixture
def running(start):
    run = start()
    assert runs.claim(run)
    return run


def actions(run):
    events = AuditEvent.objects.filter(target=f"training:{run.pk}").order_by("id")
    return [event.action for event in events]


def silent(run, seconds=600):
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=seconds))


def test_a_run_is_queued_from_the_model_in_service_and_a_process_is_begun_after_the_transaction(
    start, begun, model, administrator
):
    run = start()
    assert (run.state, run.started_from, run.started_by) == (RunState.QUEUED, model, administrator)
    assert begun == [run.pk]
    event = AuditEvent.objects.get(action="training.started")
    assert (event.actor, event.details, event.model) == (f"user:{administrator.pk}", {"only_new": True}, model.version)


def test_one_run_at_a_time(start):
    start()
    with pytest.raises(LearningRefused, match="A run is open already"):
        start()
    assert TrainingRun.objects.count() == 1


def test_after_a_run_has_ended_the_next_may_begin(start):
    first = start()
    runs.cancel(Actor(), run=first)
    assert start().state == RunState.QUEUED


def test_without_reviews_there_is_nothing_to_learn_from(model, administrator, begun):
    with pytest.raises(LearningRefused, match="nothing to learn from"):
        runs.start(Actor(user=administrator), only_new=True)
    assert begun == []


def test_without_the_old_data_a_mixture_is_refused_with_the_way_out(start):
    with pytest.raises(LearningRefused, match=r"set FAKEDETECT_TRAINING_DATA .* or train on the reviews alone"):
        start(only_new=False)


def test_with_the_old_data_it_may_begin(start, settings):
    settings.TRAINING_DIR.mkdir()
    settings.TRAINING_DATA.write_text("")
    assert not start(only_new=False).only_new


def test_without_tensorflow_that_is_said_at_once(start, monkeypatch):
    monkeypatch.setattr(readiness, "has_tensorflow", lambda: False)
    with pytest.raises(LearningRefused, match="run `make setup-train`"):
        start()


def test_where_workers_train_this_process_need_not_have_what_they_need(start, monkeypatch, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(readiness, "has_tensorflow", lambda: False)
    assert start(only_new=False).state == RunState.QUEUED


def test_a_version_without_its_keras_model_is_said_at_once(start, model, settings, tmp_path):
    files = serve.shipped() / "model.tflite", serve.shipped() / "model.keras"
    bare = registry.write(settings.MODELS_DIR, "2031.1.1", registry.read(serve.shipped()).card, *files)
    (bare / "model.keras").unlink()
    ModelVersion.objects.filter(pk=model.pk).update(folder=str(bare))
    with pytest.raises(LearningRefused, match=r"has no model\.keras"):
        start()


def test_only_one_process_claims_a_run(start):
    run, copy = start(), TrainingRun.objects.get()
    assert [runs.claim(run), runs.claim(copy)] == [True, False]


def test_progress_lies_in_the_row(running):
    runs.enter(running, Stage.TRAIN)
    runs.follow(running, done=3, total=8)
    runs.add_to_curve(running, {"epoch": 1, "loss": 0.5, "validation_auc": float("nan"), "seconds": 2.0})
    runs.add_to_curve(running, {"epoch": 2, "loss": 0.4, "validation_auc": 0.9, "seconds": 2.0})
    row = TrainingRun.objects.get()
    assert (row.stage, row.done, row.total) == ("train", 3, 8)
    assert [one["validation_auc"] for one in row.curve] == [None, 0.9]
    assert [one["epoch"] for one in row.curve] == [1, 2]


def test_a_queued_run_is_cancelled_at_once(start, administrator):
    run = start()
    assert runs.cancel(Actor(user=administrator), run=run)
    assert TrainingRun.objects.get().state == RunState.CANCELLED
    assert not runs.claim(run)
    assert actions(run) == ["training.started", "training.cancelled"]


def test_a_running_one_is_asked_and_stops_at_its_next_step(running, administrator):
    assert runs.cancel(Actor(user=administrator), run=running)
    assert TrainingRun.objects.get().state == RunState.RUNNING
    with pytest.raises(Stopped):
        runs.follow(running, done=1)
    assert runs.stopped(running)
    assert TrainingRun.objects.get().state == RunState.CANCELLED
    assert actions(running) == ["training.started", "training.cancel_asked", "training.cancelled"]


def test_to_ask_twice_or_too_late_changes_nothing(running, administrator):
    actor = Actor(user=administrator)
    assert [runs.cancel(actor, run=running), runs.cancel(actor, run=running)] == [True, False]
    runs.stopped(running)
    assert not runs.cancel(actor, run=running)
    assert not runs.stopped(running)


def test_a_run_that_failed_says_why_and_its_starter_is_told(running, administrator):
    assert runs.fail(running, error="The disk is full.")
    row = TrainingRun.objects.get()
    assert (row.state, row.error) == (RunState.FAILED, "The disk is full.")
    assert Notice.objects.get(person=administrator).text == "A retraining failed: The disk is full."
    assert not runs.fail(row, error="Again.")
    assert actions(running) == ["training.started", "training.failed"]
    assert verify_chain() is None


def test_what_goes_silent_is_given_up_with_a_sentence(running):
    assert runs.sweep() == "0 given up"
    silent(running)
    assert runs.sweep() == "1 given up"
    assert "went silent and is taken for dead" in TrainingRun.objects.get().error


def test_what_was_asked_to_stop_and_goes_silent_has_stopped(running, administrator):
    runs.cancel(Actor(user=administrator), run=running)
    silent(running)
    runs.sweep()
    assert TrainingRun.objects.get().state == RunState.CANCELLED


def test_a_heartbeat_keeps_it(running):
    silent(running)
    runs.beat(running)
    assert runs.sweep() == "0 given up"


def test_a_process_that_was_given_up_may_do_nothing_more(running, settings):
    silent(running)
    runs.sweep()
    for act in (lambda: runs.follow(running, done=1), lambda: runs.add_to_curve(running, {"epoch": 1})):
        with pytest.raises(Stopped):
            act()
    assert not runs.finish(running, folder=serve.shipped(), figures={})
    assert TrainingRun.objects.get().state == RunState.FAILED
    assert not ModelVersion.objects.filter(is_current=False).exists()


def test_a_process_that_never_began_is_told(start, settings):
    run = start()
    assert runs.sweep() == "0 given up"
    TrainingRun.objects.update(rung_at=timezone.now() - timedelta(seconds=600))
    runs.sweep()
    run.refresh_from_db()
    assert (run.state, "never began" in run.error) == (RunState.FAILED, True)


def test_with_a_broker_the_bell_is_rung_again_and_not_each_minute(start, begun, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    run = start()
    assert runs.sweep() == "0 given up, 0 rung again"
    TrainingRun.objects.update(rung_at=timezone.now() - timedelta(hours=1))
    assert runs.sweep() == "0 given up, 1 rung again"
    assert runs.sweep() == "0 given up, 0 rung again"
    assert begun == [run.pk, run.pk]


def test_the_round_is_walked(running):
    silent(running)
    assert "training runs: 1 given up" in list(rounds.walk())


def test_a_run_ends_in_a_candidate_that_does_not_serve(running, settings, model, administrator):
    files = serve.shipped() / "model.tflite", serve.shipped() / "model.keras"
    made = registry.write(settings.MODELS_DIR, "2031.1.1", registry.read(serve.shipped()).card, *files)
    assert runs.finish(running, folder=made, figures={"exported": {"authentic": 1}})
    row = TrainingRun.objects.get()
    assert (row.state, row.candidate.version, row.candidate.is_current) == (RunState.DONE, "2031.1.1", False)
    assert ModelVersion.objects.get(is_current=True) == model
    assert Notice.objects.get(person=administrator).link == f"/learning/runs/{running.pk}/"
    assert actions(running) == ["training.started", "training.done"]


def test_what_is_left_of_a_run_holds_no_picture(running):
    folder = launching.folder_of(running)
    for name in ("reviews/images/a.jpg", "mistakes/regression.jsonl", "cache/pixels.bin", "prepared.jsonl",
                 "prepared.data_card/sheet.png", "run/mixed.jsonl", "run/history.csv", "run/evaluation.html",
                 "run/predictions/a.npz", "run/model.keras", "run.log"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    launching.tidy(running)
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert left == ["evaluation.html", "history.csv", "run.log"]


def test_the_command_says_what_is_wrong(model, running):
    with pytest.raises(CommandError, match="There is no training run"):
        call_command("retrain", "00000000-0000-0000-0000-000000000000")
    with pytest.raises(CommandError, match="not queued any more"):
        call_command("retrain", str(running.pk))
    with pytest.raises(CommandError, match="A run is open already"):
        call_command("retrain", "--only-new")
