"""The deep signals: after the verdict, once, and always with an end that a person can read."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import analysis, examination, intake, report, tasks
from detector.leases import Swept
from detector.models import Analysis, Finding, State, Upload
from ml import serve
from ml.serve import InvalidImage
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db

COPY = serve.Finding("copy_move", "supports_fake", "A part was copied.", {"score": 2100.0}, b"\x89PNG copy")
NOISE = serve.Finding("noise", "silent", "The noise is even.")


@pytest.fixture
def waiting(submit, scorer, owner, monkeypatch):
    """A verdict whose ledger waits, and whose bell nobody heard."""
    scorer.deep = (COPY, NOISE)
    with monkeypatch.context() as silent:
        silent.setattr(examination, "ring", lambda *row: None)
        return submit(owner).analyses.get()


def expire(row: Analysis, attempts: int) -> None:
    past = timezone.now() - timedelta(seconds=1)
    values = {"ledger_state": State.RUNNING, "ledger_lease_until": past, "ledger_attempts": attempts}
    Analysis.objects.filter(pk=row.pk).update(**values)


def actions(*names: str) -> int:
    return AuditEvent.objects.filter(action__in=names).count()


def fusing(label: str, probability: float):
    """Stands for a fusion that has heard the deep signals."""

    def fuse(own, findings, card):
        assert {"stability", "copy_move"} <= {finding.signal for finding in findings}
        return {**own, "label": label, "fake_probability": probability, "reasons": ["A part was copied."]}

    return fuse


def test_the_findings_follow_the_quick_ones_in_order(waiting):
    examination.run(waiting)
    rows = list(waiting.findings.values_list("position", "signal"))
    assert rows == [(0, "stability"), (1, "copy_move"), (2, "noise")]
    waiting.refresh_from_db()
    assert (waiting.ledger_state, waiting.ledger_lease_until) == ("done", None)
    assert actions("ledger") == 1


def test_a_second_ring_examines_nothing_again(waiting, scorer):
    stale = Analysis.objects.get(pk=waiting.pk)
    examination.run(waiting)
    examination.run(stale)
    tasks.examine(waiting.pk)
    assert scorer.examinations == 1
    assert Finding.objects.count() == 3
    assert actions("ledger", "verdict.revised") == 1


def test_without_a_verdict_there_is_nothing_to_examine(waiting):
    Analysis.objects.update(state=State.RUNNING)
    assert examination.claim(waiting) is False
    assert examination.queued(waiting.pk) is None


def test_a_failed_analysis_has_a_failed_ledger(waiting, scorer, monkeypatch):
    Analysis.objects.update(state=State.QUEUED)
    monkeypatch.setattr(scorer, "judge", lambda picture: 1 / 0)
    analysis.sweep()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.ledger_state) == ("failed", "failed")


def test_a_failed_analysis_that_is_tried_again_gets_its_ledger(waiting, owner, on_commit):
    Analysis.objects.update(state=State.FAILED, ledger_state=State.FAILED)
    Finding.objects.all().delete()
    with on_commit():
        assert analysis.retry(Actor(user=owner), analysis=waiting)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.ledger_state) == ("done", "done")
    assert waiting.findings.count() == 3


def test_the_verdict_may_be_revised_and_the_models_word_is_kept(waiting, monkeypatch):
    monkeypatch.setattr(serve, "fuse", fusing("manipulated", 0.99))
    examination.run(waiting)
    waiting.refresh_from_db()
    assert (waiting.label, waiting.fake_probability, waiting.reasons) == ("manipulated", 0.99, ["A part was copied."])
    assert (waiting.own["label"], waiting.own["fake_probability"]) == ("ai_generated", 0.93)
    assert set(waiting.own) == {"label", "fake_probability", "probabilities", "reasons"}
    event = AuditEvent.objects.get(action="verdict.revised")
    assert (event.details["from"], event.details["to"]) == ("ai_generated", "manipulated")
    assert actions("ledger") == 0


def test_a_label_that_stays_is_no_revision(waiting, monkeypatch):
    monkeypatch.setattr(serve, "fuse", fusing("ai_generated", 0.97))
    examination.run(waiting)
    waiting.refresh_from_db()
    assert waiting.fake_probability == 0.97
    assert (actions("ledger"), actions("verdict.revised")) == (1, 0)


def test_what_breaks_leaves_the_verdict_and_says_so(waiting, scorer, monkeypatch):
    def broken(data, limits=None):
        yield NOISE
        raise RuntimeError("out of memory")

    monkeypatch.setattr(scorer, "examine", broken)
    examination.run(waiting)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.label, waiting.ledger_state) == ("done", "ai_generated", "failed")
    last = waiting.findings.last()
    assert (last.signal, last.stance, last.details) == ("ledger", "not_run", {"code": "ledger_failed"})
    assert "out of memory" not in last.summary
    assert actions("ledger.failed") == 1


def test_a_fusion_that_breaks_is_no_row_that_runs_for_ever(waiting, monkeypatch):
    monkeypatch.setattr(serve, "fuse", lambda own, findings, card: {}["no weights"])
    examination.run(waiting)
    waiting.refresh_from_db()
    assert (waiting.label, waiting.ledger_state) == ("ai_generated", "failed")


def test_a_file_that_is_refused_now_says_why(waiting, scorer, monkeypatch):
    def refuse(data, limits=None):
        raise InvalidImage("too_many_pixels", "The image has too many megapixels.")

    monkeypatch.setattr(scorer, "examine", refuse)
    examination.run(waiting)
    assert "too many megapixels" in waiting.findings.last().summary


def test_a_failed_ledger_can_be_tried_again(waiting, scorer, owner, on_commit):
    expire(waiting, attempts=3)
    examination.sweep()
    with on_commit():
        assert examination.retry(Actor(user=owner), analysis=waiting)
    waiting.refresh_from_db()
    assert waiting.ledger_state == "done"
    assert list(waiting.findings.values_list("signal", flat=True)) == ["stability", "copy_move", "noise"]
    assert examination.retry(Actor(user=owner), analysis=waiting) is False


def test_a_lost_lease_cannot_finish(waiting, scorer):
    """A worker that slept past its lease finds another attempt under way: only that one may write."""
    slow = examination.queued(waiting.pk)
    assert examination.claim(slow)
    expire(slow, attempts=1)
    assert examination.sweep() == Swept(rung=1, reopened=1, failed=0)
    assert examination.finish(slow, rows=[], verdict=slow.own) is False
    waiting.refresh_from_db()
    assert (waiting.ledger_state, waiting.ledger_attempts) == ("done", 2)


def test_a_lease_is_renewed_while_the_signals_run(waiting, scorer, monkeypatch, settings):
    def slow(data, limits=None):
        yield COPY
        nearly = timezone.now() + timedelta(seconds=1)
        Analysis.objects.update(ledger_lease_until=nearly)
        waiting.ledger_lease_until = nearly
        yield NOISE
        seen.append(Analysis.objects.get().ledger_lease_until - nearly)

    seen = []
    monkeypatch.setattr(scorer, "examine", slow)
    examination.run(waiting)
    assert seen[0] > timedelta(seconds=settings.LEASE_SECONDS / 2)


def test_a_lease_that_is_lost_stops_the_work(waiting, scorer, monkeypatch):
    def slow(data, limits=None):
        yield COPY
        expire(waiting, attempts=2)
        waiting.ledger_lease_until = timezone.now()
        yield NOISE
        raise AssertionError("it went on")

    monkeypatch.setattr(scorer, "examine", slow)
    examination.run(waiting)
    waiting.refresh_from_db()
    assert (waiting.ledger_state, waiting.ledger_attempts) == ("running", 2)
    assert waiting.findings.count() == 1


def test_a_process_that_ends_hands_the_row_back(waiting, monkeypatch):
    monkeypatch.setattr(type(examination.background), "stopping", True)
    examination.run(waiting)
    waiting.refresh_from_db()
    assert (waiting.ledger_state, waiting.ledger_lease_until) == ("queued", None)
    assert waiting.findings.count() == 1


def test_the_sweep_examines_what_a_killed_worker_left(waiting, capsys):
    expire(waiting, attempts=1)
    call_command("sweep")
    waiting.refresh_from_db()
    assert (waiting.ledger_state, waiting.ledger_attempts) == ("done", 2)
    assert "ledgers: 1 rung, 1 re-opened, 0 given up" in capsys.readouterr().err


def test_the_sweep_leaves_a_running_lease_alone(waiting):
    examination.claim(waiting)
    assert examination.sweep() == Swept(rung=0, reopened=0, failed=0)


def test_after_three_attempts_the_verdict_stands_without_it(waiting):
    expire(waiting, attempts=3)
    assert examination.sweep() == Swept(rung=0, reopened=0, failed=1)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.ledger_state) == ("done", "failed")
    assert "3 times" in waiting.findings.last().summary


def test_with_a_broker_a_worker_is_told(waiting, settings, monkeypatch):
    told = []
    settings.LEDGER, settings.ANALYZE_IN_REQUEST = "after", False
    monkeypatch.setattr(tasks.examine, "apply_async", lambda arguments, countdown: told.extend(arguments))
    examination.ring(waiting)
    assert examination.sweep().rung == 1
    assert told == [waiting.pk, waiting.pk]
    waiting.refresh_from_db()
    assert waiting.ledger_state == "queued"


def test_a_broker_that_is_down_does_not_fail_the_verdict(waiting, settings, monkeypatch):
    def down(arguments, countdown):
        raise ConnectionError("broker")

    settings.LEDGER, settings.ANALYZE_IN_REQUEST = "after", False
    monkeypatch.setattr(tasks.examine, "apply_async", down)
    examination.ring(waiting)
    waiting.refresh_from_db()
    assert waiting.ledger_state == "queued"


def test_switched_off_a_verdict_is_complete_at_once(submit, scorer, owner, settings):
    settings.LEDGER = "off"
    row = submit(owner).analyses.get()
    assert (row.state, row.ledger_state) == ("done", "done")
    assert scorer.examinations == 0
    assert row.own["label"] == "ai_generated"


def test_a_row_that_was_deleted_meanwhile_leaves_no_picture(waiting, scorer, monkeypatch, tmp_path):
    def deleted(data, limits=None):
        yield COPY
        Upload.objects.all().delete()

    monkeypatch.setattr(scorer, "examine", deleted)
    monkeypatch.setattr(examination._lease.__class__, "renew", lambda lease, row: True)
    examination.run(waiting)
    assert not list((tmp_path / "media" / "evidence").rglob("*.png"))


def test_an_expired_lease_that_somebody_looks_at_is_taken_up(waiting, monkeypatch):
    asked = []
    monkeypatch.setattr(examination.background, "ask", asked.append)
    examination.nudge(waiting)
    assert asked == []  # its bell was only just rung
    Analysis.objects.update(finished_at=timezone.now() - timedelta(minutes=1))
    examination.nudge(Analysis.objects.get())
    expire(waiting, attempts=1)
    examination.nudge(Analysis.objects.get())
    assert asked == [waiting.pk, waiting.pk]
    Analysis.objects.update(ledger_state=State.DONE)
    examination.nudge(Analysis.objects.get())
    assert len(asked) == 2


def test_the_report_says_how_far_the_ledger_is(waiting, owner):
    upload = Upload.objects.get()
    assert report.of_upload(upload, reader=owner)["ledger"] == "queued"
    examination.run(waiting)
    found = report.of_upload(Upload.objects.get(), reader=owner)
    assert found["ledger"] == "done"
    pictures = {row["signal"]: row["picture"] for row in found["evidence"]}
    assert pictures == {"stability": None, "copy_move": f"/uploads/{upload.pk}/evidence/copy_move.png", "noise": None}


def test_the_real_signals_end_in_rows(model, owner, on_commit):
    with on_commit():
        taken = intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    row = taken.analyses.get()
    assert row.ledger_state == "done"
    assert "copy_move" in set(row.findings.values_list("signal", flat=True))
