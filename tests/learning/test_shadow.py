"""A candidate in the shadow: it looks after the answer, nobody is shown it, and it can take no verdict down."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import intake, models_in_use
from detector.errors import NoModel, Refused
from detector.models import Upload
from learning import bells, shadow
from learning.models import Shadow, ShadowScore
from ml import serve
from notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The bells that were rung; the tests look themselves."""
    heard: list[int] = []
    monkeypatch.setattr(bells, "look", heard.append)
    return heard


@pytest.fixture
def begin(administrator, candidate, other):
    def act(**asked) -> Shadow:
        return shadow.start(Actor(user=administrator), version=candidate.version, **({"share": 1.0} | asked))

    return act


def look() -> None:
    for pk in ShadowScore.objects.filter(state="queued").values_list("pk", flat=True):
        shadow.score(pk)


def test_it_looks_after_the_answer(begin, submit, owner, rung, other):
    begin()
    upload = submit(owner)
    assert (upload.latest.state, other.calls, len(rung)) == ("done", 0, 1)
    look()
    row = ShadowScore.objects.get()
    assert (row.state, row.label, row.probability, row.shown_label) == ("done", "authentic", 0.1, "ai_generated")
    assert row.seconds is not None
    assert verify_chain() is None


def test_nobody_is_shown_what_it_says(begin, submit, owner, as_owner, as_moderator):
    trial = begin()
    upload = submit(owner)
    look()
    for client in (as_owner, as_moderator):
        page = client.get(f"/uploads/{upload.pk}/").content.decode()
        told = client.get(f"/api/v1/uploads/{upload.pk}/").content.decode()
        assert trial.model.version not in page + told
    assert Upload.objects.get(pk=upload.pk).latest.label == "ai_generated"


def test_it_hears_the_evidence_that_the_live_verdict_heard(begin, submit, owner, scorer, candidate):
    scorer.deep = (serve.Finding("noise", "silent", "The noise is even."),
                   serve.Finding("copy_move", "supports_fake", "A part was copied.", {}))  # fmt: skip
    begin()
    submit(owner)
    heard = []

    def fuse(own, findings, card):
        heard.extend(finding.signal for finding in findings)
        return dict(own)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shadow.serve, "fuse", fuse)
        look()
    assert {"noise", "copy_move", "stability"} <= set(heard)


def test_whether_a_verdict_holds_is_asked_of_the_candidate_itself(begin, submit, owner, scorer, other, monkeypatch):
    flips = serve.Finding("stability", "silent", "The verdict changed.", {"flips": ["jpeg_70"]})
    scorer.deep = (serve.Finding("noise", "silent", "The noise is even."), flips)
    begin()
    submit(owner)
    monkeypatch.setattr(other, "steadiness", lambda data, limits=None: [])
    look()
    row = ShadowScore.objects.get()
    assert (row.shown_label, row.label) == ("inconclusive", "authentic")


def test_without_deep_signals_none_are_asked(begin, submit, owner, other, settings, monkeypatch):
    settings.LEDGER = "off"
    begin()
    submit(owner)
    monkeypatch.setattr(other, "steadiness", lambda data, limits=None: 1 / 0)
    look()
    assert ShadowScore.objects.get().state == "done"


def test_without_a_candidate_nothing_is_kept(submit, owner, rung):
    submit(owner)
    assert (ShadowScore.objects.count(), rung) == (0, [])


@pytest.mark.parametrize(("share", "least", "most"), [(0.2, 150, 250), (0.0005, 0, 4), (1.0, 1000, 1000)])
def test_the_share_is_drawn_evenly(share, least, most):
    numbers = [uuid.UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).int for n in range(1, 1001)]
    assert least <= sum(shadow.is_chosen(number, share) for number in numbers) <= most


def test_what_is_not_of_the_share_is_let_pass(begin, submit, owner, monkeypatch, rung):
    begin(share=0.5)
    monkeypatch.setattr(shadow, "is_chosen", lambda number, share: False)
    submit(owner)
    assert rung == []


def test_it_ends_by_itself_when_it_has_seen_enough(begin, submit, owner, administrator):
    trial = begin(at_most=2)
    for seed in range(3):
        submit(owner, seed=seed)
        look()
    trial.refresh_from_db()
    assert (trial.ended_because, trial.scores.filter(state="done").count()) == ("enough", 2)
    assert Notice.objects.get(person=administrator).kind == "shadow.ended"


def test_what_breaks_is_written_down_and_the_verdict_stands(begin, submit, owner, other, monkeypatch):
    trial = begin()
    upload = submit(owner)
    monkeypatch.setattr(other, "judge", lambda picture: 1 / 0)
    look()
    trial.refresh_from_db()
    assert ShadowScore.objects.get().state == "failed"
    assert "log says why" in trial.trouble
    assert upload.latest.label == "ai_generated"


def test_a_candidate_whose_files_are_gone_is_taken_out_and_verdicts_go_on(
    begin, submit, owner, scorer, candidate, monkeypatch, administrator
):
    trial = begin()

    def gone(model):
        if model.pk == candidate.pk:
            raise NoModel("The files of model 9999.1 are gone.")
        return scorer

    monkeypatch.setattr(models_in_use, "scorer_of", gone)
    for seed in range(shadow.FAILURES + 1):
        assert submit(owner, seed=seed).latest.state == "done"
        look()
    trial.refresh_from_db()
    assert (trial.ended_because, trial.trouble) == ("broken", "The files of model 9999.1 are gone.")
    assert trial.scores.count() == shadow.FAILURES
    assert Notice.objects.filter(person=administrator, kind="shadow.ended").count() == 1


def test_a_failure_now_and_then_takes_nobody_out(begin, submit, owner, other, monkeypatch):
    trial, judge = begin(), other.judge
    for seed in range(shadow.FAILURES + 2):
        submit(owner, seed=seed)
        monkeypatch.setattr(other, "judge", judge if seed == 3 else lambda picture: 1 / 0)
        look()
    trial.refresh_from_db()
    assert trial.ended_at is None


def test_even_if_the_shadow_itself_breaks_the_verdict_is_there(begin, submit, owner, monkeypatch):
    begin()
    monkeypatch.setattr(shadow, "under_way", lambda: 1 / 0)
    assert submit(owner).latest.state == "done"


def test_of_two_workers_one_looks(begin, submit, owner, rung, other):
    begin()
    submit(owner)
    shadow.score(rung[0])
    shadow.score(rung[0])
    assert other.calls == 1


def test_what_a_dead_worker_held_is_given_up_and_what_waits_is_rung(begin, submit, owner, rung):
    begin()
    submit(owner, seed=1)
    submit(owner, seed=2)
    long_ago = timezone.now() - timedelta(hours=1)
    first, second = ShadowScore.objects.order_by("pk")
    ShadowScore.objects.filter(pk=first.pk).update(state="running", taken_at=long_ago)
    ShadowScore.objects.filter(pk=second.pk).update(created_at=long_ago)
    rung.clear()
    assert shadow.sweep() == "1 rung, 1 given up"
    assert rung == [second.pk]
    first.refresh_from_db()
    assert first.state == "failed"


def test_where_more_waits_than_it_can_look_at_uploads_are_let_pass(begin, submit, owner, monkeypatch):
    monkeypatch.setattr(shadow, "_MOST_WAITING", 1)
    begin()
    for seed in range(3):
        submit(owner, seed=seed)
    assert ShadowScore.objects.count() == 1


def test_what_it_said_goes_with_the_upload(begin, submit, owner):
    begin()
    upload = submit(owner)
    look()
    intake.delete(Actor(user=owner), upload=upload)
    assert ShadowScore.objects.count() == 0


def test_an_upload_that_was_deleted_before_it_looked_is_no_failure(begin, submit, owner, rung):
    trial = begin()
    upload = submit(owner)
    intake.delete(Actor(user=owner), upload=upload)
    shadow.score(rung[0])
    trial.refresh_from_db()
    assert trial.trouble == ""


def test_a_candidate_that_comes_into_service_is_in_the_shadow_no_more(begin, submit, owner, candidate, serves):
    trial = begin()
    serves(candidate)
    submit(owner)
    trial.refresh_from_db()
    assert (trial.ended_because, ShadowScore.objects.count()) == ("serves", 0)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"share": 0}, "invalid_share"),
        ({"share": 1.01}, "invalid_share"),
        ({"at_most": 0}, "invalid_number"),
        ({"at_most": 100_001}, "invalid_number"),
    ],
)
def test_what_cannot_be_meant_is_refused(begin, asked, code):
    with pytest.raises(Refused) as refused:
        begin(**asked)
    assert (refused.value.code, Shadow.objects.count()) == (code, 0)


def test_the_model_in_service_has_no_shadow_of_itself(administrator, model, scorer):
    with pytest.raises(Refused, match="serves already"):
        shadow.start(Actor(user=administrator), version=model.version)


def test_an_unknown_version_is_refused(administrator, model):
    with pytest.raises(Refused, match="is registered"):
        shadow.start(Actor(user=administrator), version="1.2.3")


def test_a_candidate_whose_files_are_gone_cannot_begin(administrator, candidate):
    with pytest.raises(Refused) as refused:
        shadow.start(Actor(user=administrator), version=candidate.version)
    assert refused.value.code == "model_broken"


def test_one_candidate_at_a_time(begin):
    begin()
    with pytest.raises(Refused) as refused:
        begin()
    assert refused.value.code == "already_shadowing"
    assert AuditEvent.objects.filter(action="shadow.started").count() == 1


def test_ending_it_keeps_what_was_scored(begin, submit, owner, administrator):
    trial = begin()
    submit(owner, seed=1)
    look()
    submit(owner, seed=2)
    assert shadow.stop(Actor(user=administrator), shadow=trial)
    assert not shadow.stop(Actor(user=administrator), shadow=trial)
    assert list(trial.scores.values_list("state", flat=True)) == ["done"]
    assert Notice.objects.count() == 0
    assert AuditEvent.objects.filter(action="shadow.ended").count() == 1
