"""History scored again: every upload once, people first, and it goes on wherever it was killed."""

from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from accounts.audit import SYSTEM, Actor, verify_chain
from accounts.models import AuditEvent
from detector import analysis, examination, intake, models_in_use, report
from detector.errors import NoModel, Refused
from detector.models import Analysis, State, Upload
from learning import bells, changed_verdicts, rescoring, rescoring_steps
from learning.models import Rescoring, VerdictChange
from ml import registry
from notices import kinds
from notices.models import Notice

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a process that is killed does not catch."""


@pytest.fixture
def past(submit, owner, other):
    """Three uploads that the first model scored, a while ago."""
    made = [submit(owner, name=f"{n}.jpg", seed=n) for n in range(3)]
    age(*made)
    return made


@pytest.fixture
def begin(administrator, candidate, other, serves):
    """Let the candidate serve and start a run of it; the bell is not heard."""

    def act(**filters) -> Rescoring:
        serves(candidate)
        return rescoring.start(Actor(user=administrator), version=candidate.version, **filters)

    return act


def age(*uploads: Upload) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    for n, upload in enumerate(uploads):
        Upload.objects.filter(pk=upload.pk).update(created_at=long_ago + timedelta(seconds=n))
        Analysis.objects.filter(upload=upload).update(created_at=long_ago, shown_since=long_ago)


def due(run: Rescoring) -> None:
    Rescoring.objects.filter(pk=run.pk).update(next_at=timezone.now() - timedelta(seconds=1))


def step(run: Rescoring) -> Rescoring:
    due(run)
    taken = rescoring_steps.take(run.pk)
    if taken:
        rescoring_steps.act(taken)
    run.refresh_from_db()
    return run


def to_the_end(run: Rescoring, most: int = 60) -> Rescoring:
    for _ in range(most):
        if step(run).finished_at:
            return run
    raise AssertionError(f"not finished after {most} steps: {run.trouble}")


def shown(upload: Upload) -> str:
    return Upload.objects.get(pk=upload.pk).latest.model.version


def test_every_upload_is_scored_once_and_the_changes_are_listed(past, begin, candidate, other):
    run = to_the_end(begin())
    assert (run.state, run.total, run.scored, run.failed, run.changed) == ("done", 3, 3, 0, 3)
    assert other.calls == 3
    assert {shown(upload) for upload in past} == {candidate.version}
    change = VerdictChange.objects.filter(upload=past[0]).get()
    assert (change.before, change.before_version, change.after) == (
        "ai_generated",
        registry.shipped().name,
        "authentic",
    )
    assert verify_chain() is None


def test_the_newest_uploads_come_first(past, begin):
    run = step(step(begin()))
    assert run.cursor_id == past[-1].pk


def test_the_old_verdict_stays(past, begin):
    to_the_end(begin())
    told = report.of_upload(Upload.objects.with_verdicts().get(pk=past[0].pk))
    assert told["verdict"]["label"] == "authentic"
    assert [row["label"] for row in told["earlier"]] == ["ai_generated"]


def test_a_verdict_that_stays_the_same_is_no_change(past, begin, other):
    other.label, other.probability = "ai_generated", 0.8
    run = to_the_end(begin())
    assert (run.scored, run.changed, Notice.objects.count()) == (3, 0, 0)


def test_the_change_is_told_after_the_deep_signals_were_heard(past, begin, other, settings):
    run = begin()
    to_the_end(run)
    assert other.examinations == 3
    assert set(Analysis.objects.values_list("ledger_state", flat=True)) == {"done"}


def test_owners_are_told_once_in_one_notice_each(past, begin, submit, stranger, owner):
    age(submit(stranger, seed=9))
    run = to_the_end(begin())
    notices = {notice.person: notice for notice in Notice.objects.all()}
    assert set(notices) == {owner, stranger}
    assert notices[owner].text.endswith("looked at your earlier uploads again: 3 verdicts changed.")
    assert notices[stranger].text.endswith("one verdict changed.")
    assert notices[owner].link == f"/learning/rescorings/{run.pk}/"
    due(run)
    changed_verdicts.tell_some(run)
    assert Notice.objects.count() == 2


def test_a_person_is_not_told_of_what_a_person_decided(past, begin, moderator, decide):
    for upload in past:
        decide(moderator, upload, "ai_generated")
    to_the_end(begin())
    assert Notice.objects.filter(kind=kinds.VERDICT_CHANGED).count() == 0


def test_a_review_keeps_standing(past, begin, moderator, decide):
    decide(moderator, past[0], "manipulated")
    to_the_end(begin())
    told = report.of_upload(Upload.objects.with_verdicts().get(pk=past[0].pk))
    assert (told["review"]["decision"], told["verdict"]["label"]) == ("manipulated", "authentic")


@pytest.mark.parametrize("lost_in", ["judge", "examine", "settle", "tell"])
def test_killed_anywhere_it_goes_on_and_nothing_is_done_twice(past, begin, other, monkeypatch, lost_in):
    """Killed once in the middle of each of these; the lease ends, and another process takes the run up."""
    run, killed = begin(), []

    def dies(act):
        def once(*args, **named):
            if not killed:
                killed.append(True)
                raise Killed
            return act(*args, **named)

        return once

    if lost_in == "judge":
        monkeypatch.setattr(other, "judge", dies(other.judge))
    elif lost_in == "examine":
        monkeypatch.setattr(examination, "finish", dies(examination.finish))
    elif lost_in == "settle":
        monkeypatch.setattr(rescoring_steps, "_settle", dies(rescoring_steps._settle))
    else:
        monkeypatch.setattr(changed_verdicts, "_send", dies(changed_verdicts._send))
    for _ in range(60):
        try:
            if step(run).finished_at:
                break
        except Killed:
            past_time = timezone.now() - timedelta(seconds=1)
            Analysis.objects.filter(state=State.RUNNING).update(lease_until=past_time)
            Analysis.objects.filter(ledger_state=State.RUNNING).update(ledger_lease_until=past_time)
            run.refresh_from_db()
    assert killed
    assert (run.state, run.scored, run.changed) == ("done", 3, 3)
    assert Analysis.objects.values("upload", "model").annotate(n=Count("pk")).filter(n__gt=1).count() == 0
    assert (VerdictChange.objects.count(), Notice.objects.count()) == (3, 1)
    assert AuditEvent.objects.filter(action="rescoring.finished").count() == 1
    assert verify_chain() is None


def test_while_somebody_waits_for_a_verdict_nothing_is_scored(past, begin, owner, other, monkeypatch):
    run = step(begin())
    with monkeypatch.context() as silent:
        silent.setattr(analysis, "ring", lambda *row: None)
        waiting = intake.submit(Actor(user=owner), owner=owner, name="new.jpg", data=past_data())
    assert step(run).settled == 0
    assert run.next_at > timezone.now()
    analysis.run(analysis.queued(waiting.analyses.get().pk))
    assert step(run).settled == 1


def past_data() -> bytes:
    from tests.factories import image_bytes

    return image_bytes(seed=77)


def test_it_keeps_its_pace(past, begin):
    run = step(step(begin(per_minute=2)))
    assert run.settled == 1
    assert run.next_at - timezone.now() > timedelta(seconds=25)
    assert rescoring_steps.take(run.pk) is None
    assert 25 < rescoring_steps.pause_of(run.pk) <= 30


def test_of_two_that_come_at_once_one_takes_the_step(past, begin):
    run = begin()
    assert rescoring_steps.take(run.pk) is not None
    assert rescoring_steps.take(run.pk) is None


def test_who_lost_the_step_writes_nothing(past, begin):
    run = step(begin())
    due(run)
    slow = rescoring_steps.take(run.pk)
    Rescoring.objects.filter(pk=run.pk).update(next_at=timezone.now() + timedelta(minutes=5))  # another has it now
    rescoring_steps.act(slow)
    run.refresh_from_db()
    assert (run.settled, VerdictChange.objects.count()) == (0, 0)


def test_an_upload_that_is_deleted_meanwhile_is_passed_over(past, begin, owner, other, monkeypatch):
    run, judge = step(begin()), other.judge

    def deleting(picture):
        monkeypatch.setattr(other, "judge", judge)
        intake.delete(Actor(user=owner), upload=Upload.objects.get(pk=past[-1].pk))
        return judge(picture)

    monkeypatch.setattr(other, "judge", deleting)
    to_the_end(run)
    assert (run.state, run.scored) == ("done", 2)


def test_a_picture_that_cannot_be_scored_keeps_its_verdict_and_is_counted(past, begin, other, monkeypatch):
    def broken(picture):
        raise RuntimeError("no memory")

    monkeypatch.setattr(other, "judge", broken)
    run = to_the_end(begin())
    assert (run.scored, run.failed, run.changed) == (0, 3, 0)
    assert {shown(upload) for upload in past} == {registry.shipped().name}


def test_a_second_run_tries_again_what_failed(past, begin, other, monkeypatch, candidate):
    with monkeypatch.context() as broken:
        broken.setattr(other, "judge", lambda picture: 1 / 0)
        to_the_end(begin())
    Analysis.objects.filter(state=State.FAILED).update(finished_at=timezone.now() - timedelta(minutes=1))
    run = to_the_end(begin())
    assert (run.total, run.scored, run.failed) == (3, 3, 0)
    assert {shown(upload) for upload in past} == {candidate.version}


def test_a_model_whose_files_are_gone_fails_no_upload_and_the_run_says_why(past, begin, candidate, monkeypatch):
    run = begin()

    def gone(model):
        raise NoModel("The files of model 9999.1 are gone.")

    monkeypatch.setattr(models_in_use, "scorer_of", gone)
    step(run)
    assert (run.state, run.trouble, run.settled) == ("running", "The files of model 9999.1 are gone.", 0)
    assert not Analysis.objects.filter(model=candidate).exists()


def test_what_breaks_is_tried_again(past, begin, monkeypatch):
    run = step(begin())
    with monkeypatch.context() as broken:
        broken.setattr(rescoring_steps.history, "next_of", lambda run: 1 / 0)
        assert step(run).trouble.startswith("A step broke")
    assert to_the_end(run).state == "done"
    assert run.trouble == ""


def test_another_model_in_service_ends_the_run(past, begin, model, serves):
    run = step(step(begin()))
    serves(model)
    to_the_end(run)
    assert (run.state, run.scored) == ("cancelled", 1)
    assert "Another model" in run.trouble
    assert Notice.objects.count() == 1


def test_a_cancelled_run_keeps_what_it_did_and_tells_of_it(past, begin, administrator):
    run = step(step(begin()))
    assert rescoring.cancel(Actor(user=administrator), rescoring=run)
    assert not rescoring.cancel(Actor(user=administrator), rescoring=run)
    to_the_end(run)
    assert (run.state, run.scored, Notice.objects.count()) == ("cancelled", 1, 1)
    assert AuditEvent.objects.filter(action="rescoring.cancelled").count() == 1


def test_back_at_an_earlier_model_its_verdicts_are_shown_again(past, begin, model, serves, administrator, scorer):
    to_the_end(begin())
    serves(model)
    calls = scorer.calls
    run = to_the_end(rescoring.start(Actor(user=administrator), version=model.version))
    assert (run.scored, run.changed, scorer.calls) == (3, 3, calls)
    assert {shown(upload) for upload in past} == {model.version}
    assert AuditEvent.objects.filter(action="verdict.shown_again").count() == 3


def test_what_shows_the_models_verdict_already_is_left_alone(past, begin, submit, owner, other):
    run = begin()
    submit(owner, seed=50)  # scored by the model that serves now
    to_the_end(run)
    assert to_the_end(begin()).total == 0


def test_the_days_choose(past, begin):
    today = timezone.localdate()
    Upload.objects.filter(pk=past[0].pk).update(created_at=timezone.now() - timedelta(days=40))
    Upload.objects.filter(pk=past[1].pk).update(created_at=timezone.now() - timedelta(days=20))
    run = to_the_end(begin(since=today - timedelta(days=30), until=today - timedelta(days=10)))
    assert list(run.changes.values_list("upload", flat=True)) == [past[1].pk]


def test_the_owner_chooses(past, begin, submit, stranger):
    theirs = submit(stranger, seed=9)
    age(theirs)
    run = to_the_end(begin(owner=stranger))
    assert list(run.changes.values_list("upload", flat=True)) == [theirs.pk]


def test_the_verdict_chooses_and_what_is_under_way_when_it_is_killed_is_not_lost(past, begin, monkeypatch):
    Analysis.objects.filter(upload=past[1]).update(label="inconclusive")
    run = step(begin(label="inconclusive"))
    with monkeypatch.context() as dying:
        dying.setattr(rescoring_steps, "_settle", lambda *args: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            step(run)
    to_the_end(run)  # its shown verdict passes the filter no more
    assert list(run.changes.values_list("upload", "before", "after")) == [(past[1].pk, "inconclusive", "authentic")]
    assert run.total == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"per_minute": 0}, "invalid_pace"),
        ({"per_minute": 6001}, "invalid_pace"),
        ({"label": "blurry"}, "invalid_label"),
        ({"since": timezone.localdate(), "until": timezone.localdate() - timedelta(days=1)}, "invalid_days"),
    ],
)
def test_what_cannot_be_meant_is_refused(begin, asked, code):
    with pytest.raises(Refused) as refused:
        begin(**asked)
    assert (refused.value.code, Rescoring.objects.count()) == (code, 0)


def test_only_the_model_in_service_scores_history(candidate, administrator):
    with pytest.raises(Refused, match="does not serve"):
        rescoring.start(Actor(user=administrator), version=candidate.version)


def test_one_run_at_a_time(past, begin):
    begin()
    with pytest.raises(Refused) as refused:
        begin()
    assert (refused.value.code, Rescoring.objects.count()) == ("already_rescoring", 1)
    assert AuditEvent.objects.filter(action="rescoring.started").count() == 1


def test_the_round_takes_up_a_run_that_nobody_is_at(past, begin, monkeypatch):
    rung = []
    monkeypatch.setattr(bells, "rescore", lambda run, after=0.0: rung.append(run.pk))
    run = begin()
    assert rescoring.sweep() == "0 taken up"
    Rescoring.objects.filter(pk=run.pk).update(next_at=timezone.now() - timedelta(minutes=1))
    assert rescoring.sweep() == "1 taken up"
    assert rung == [run.pk]


def test_a_worker_takes_one_step_and_rings_the_next(past, begin, monkeypatch, settings):
    settings.ANALYZE_IN_REQUEST = False
    told = []
    monkeypatch.setattr(bells, "_tell", lambda name, pk, after: told.append((name, pk)))
    run = begin()
    bells.rescore_once(str(run.pk))
    assert told == [("rescore", str(run.pk))]
    Rescoring.objects.filter(pk=run.pk).update(next_at=timezone.now() + timedelta(minutes=1))
    bells.rescore_once(str(run.pk))  # too early: one bell too many
    assert len(told) == 1


def test_nobody_is_told_of_each_verdict_by_itself(past, begin):
    before = AuditEvent.objects.filter(action="verdict").count()
    to_the_end(begin())
    assert AuditEvent.objects.filter(action="verdict").count() == before + 3
    assert list(Notice.objects.values_list("kind", flat=True)) == [kinds.VERDICT_CHANGED]


def test_the_system_ends_what_it_began(past, begin):
    run = to_the_end(begin())
    ended = AuditEvent.objects.get(action="rescoring.finished")
    assert (ended.actor, ended.target) == (SYSTEM.reference, f"rescoring:{run.pk}")
    assert ended.details == {"state": "done", "scored": 3, "failed": 0, "changed": 3}
