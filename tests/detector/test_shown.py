"""What an upload is shown as stands beside it, whoever changed a verdict: the data base writes it by itself."""

import pytest
from django.db import connection

from accounts.audit import Actor
from detector import analysis, review, shown
from detector.models import Analysis, Decision, Label, ModelVersion, Review, State, Upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(submit, owner):
    return submit(owner)


def kept(upload) -> tuple[str, str, str]:
    row = Upload.objects.select_related("shown_model").get(pk=upload.pk)
    return row.shown_label, row.shown_state, row.shown_model.version if row.shown_model else ""


def told(upload) -> tuple[str, str, str]:
    """The same by the rules that pages go by."""
    row = Upload.objects.with_verdicts().get(pk=upload.pk)
    latest = row.latest
    if latest is None:
        return review.shown_label(row) or "", State.QUEUED.value, ""
    return review.shown_label(row) or "", latest.state, latest.model.version


def another_model() -> ModelVersion:
    return ModelVersion.objects.create(version="another", sha256="0" * 64, folder="another")


def test_a_verdict_and_its_revision(upload):
    assert kept(upload) == told(upload)
    assert kept(upload)[:2] == ("ai_generated", "done")
    Analysis.objects.filter(upload=upload).update(label=Label.INCONCLUSIVE)
    assert kept(upload)[0] == "inconclusive"


@pytest.mark.parametrize("decision", Decision.values)
def test_a_decision_and_its_undo(upload, moderator, decision):
    made = review.decide(Actor(user=moderator), upload=upload, decision=decision)
    assert kept(upload) == told(upload)
    assert kept(upload)[0] == review.SHOWN[decision]
    review.undo(Actor(user=moderator), review=made)
    assert kept(upload) == told(upload)
    assert kept(upload)[0] == "ai_generated"


def test_a_newer_decision_covers_an_older_one_and_goes_with_its_row(upload, moderator):
    review.decide(Actor(user=moderator), upload=upload, decision="authentic")
    newer = review.decide(Actor(user=moderator), upload=upload, decision="manipulated")
    assert kept(upload)[0] == "manipulated"
    Review.objects.filter(pk=newer.pk).delete()
    assert kept(upload)[0] == "authentic"


def test_a_verdict_stands_until_a_newer_model_has_one_too(upload):
    again = Analysis.objects.create(upload=upload, model=another_model())
    assert kept(upload) == told(upload)
    assert kept(upload)[1] == "done"
    assert analysis.claim(again)
    assert analysis.fail(again, code="analysis_failed", detail="Broke.")
    assert kept(upload) == told(upload)
    Analysis.objects.filter(pk=again.pk).update(state=State.DONE, label=Label.MANIPULATED, fake_probability=0.8)
    assert kept(upload) == told(upload) == ("manipulated", "done", "another")
    again.delete()
    assert kept(upload) == told(upload)


def test_an_upload_without_an_analysis_waits(upload):
    Analysis.objects.filter(upload=upload).delete()
    assert kept(upload) == told(upload) == ("", "queued", "")


def test_several_rows_of_one_statement_are_all_told(submit, owner):
    uploads = [submit(owner, seed=seed) for seed in range(3)]
    Analysis.objects.update(state=State.FAILED)
    assert [kept(one)[1] for one in uploads] == ["failed"] * 3


def test_rows_that_are_older_than_the_triggers_are_filled_in(upload):
    before = kept(upload)
    Upload.objects.update(shown_label="", shown_state="queued", shown_model=None)
    shown.refresh(connection)
    assert kept(upload) == before


def test_a_migration_takes_the_triggers_away_and_puts_them_back(upload):
    for act in (shown.step_aside, shown.see_to_it):
        act(using="default")
    Analysis.objects.filter(upload=upload).update(label=Label.AUTHENTIC)
    assert kept(upload)[0] == "authentic"
