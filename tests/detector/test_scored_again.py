"""An upload that several models scored: which verdict is shown, where the others stay, and who hears of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from detector import analysis, examination, happenings, report
from detector.filters import UploadFilter
from detector.models import Analysis, ModelVersion, State, Upload
from ml import serve

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(model):
    return ModelVersion.objects.create(version="9999.1", sha256="9" * 64, folder="nowhere", card=model.card)


@pytest.fixture
def upload(submit, owner):
    return submit(owner)


@pytest.fixture
def heard():
    """What was sent, by name."""
    sent: list[str] = []
    receivers = {}
    for name in ("verdict_given", "verdict_revised", "verdict_settled"):
        receivers[name] = lambda name=name, **_: sent.append(name)
        getattr(happenings, name).connect(receivers[name])
    yield sent
    for name, receiver in receivers.items():
        getattr(happenings, name).disconnect(receiver)


def again(upload, model, **values) -> Analysis:
    return Analysis.objects.create(upload=upload, model=model, **values)


def fresh(upload) -> Upload:
    return Upload.objects.with_verdicts().get(pk=upload.pk)


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED])
def test_a_verdict_is_not_hidden_by_a_model_that_has_none(upload, newer, state):
    first = upload.latest
    again(upload, newer, state=state)
    assert fresh(upload).latest == first
    assert report.of_upload(fresh(upload))["earlier"] == []


def test_the_newer_verdict_is_shown_and_the_older_one_stays(upload, newer):
    first = upload.latest
    again(upload, newer, state=State.DONE, label="authentic", fake_probability=0.1)
    told = report.of_upload(fresh(upload))
    assert (told["verdict"]["label"], told["verdict"]["model"]["version"]) == ("authentic", newer.version)
    (earlier,) = told["earlier"]
    assert (earlier["label"], earlier["model"]["version"]) == (first.label, first.model.version)


def test_a_verdict_that_is_shown_anew_goes_before_one_that_was_given_later(upload, newer):
    first = upload.latest
    again(upload, newer, state=State.DONE, label="authentic", fake_probability=0.1)
    Analysis.objects.filter(pk=first.pk).update(shown_since=timezone.now() + timedelta(seconds=1))
    assert fresh(upload).latest == first


@pytest.mark.parametrize("state", [State.QUEUED, State.FAILED, State.DONE])
def test_the_data_base_chooses_what_the_page_shows(upload, newer, state):
    again(upload, newer, state=state, label="authentic" if state == State.DONE else "")
    shown = fresh(upload).latest
    assert Analysis.objects.filter(upload=upload).shown_first().first() == shown
    assert UploadFilter({"verdict": shown.label}, Upload.objects.all()).qs.get() == upload
    assert UploadFilter({"status": shown.state}, Upload.objects.all()).qs.get() == upload


def test_the_first_verdict_is_announced_and_a_later_one_is_not(upload, newer, heard, scorer, on_commit):
    row = again(upload, newer)
    with on_commit():
        analysis.run(analysis.queued(row.pk))
    row.refresh_from_db()
    assert (row.state, row.ledger_state, heard) == ("done", "done", [])


def test_a_verdict_is_settled_once_its_ledger_is_in(submit, owner, heard, monkeypatch):
    with monkeypatch.context() as silent:
        silent.setattr(examination, "ring", lambda *row: None)
        waiting = submit(owner).analyses.get()
    assert heard == ["verdict_given"]
    examination.run(waiting)
    assert heard == ["verdict_given", "verdict_settled"]


def test_a_verdict_is_settled_when_the_ledger_broke(submit, owner, heard, scorer, monkeypatch):
    def broken(data, limits=None):
        raise RuntimeError("no memory")
        yield

    monkeypatch.setattr(scorer, "examine", broken)
    submit(owner)
    assert heard == ["verdict_given", "verdict_settled"]


def test_without_deep_signals_the_verdict_is_settled_at_once(submit, owner, heard, settings):
    settings.LEDGER = "off"
    submit(owner)
    assert heard == ["verdict_given", "verdict_settled"]


def test_a_revision_of_the_first_verdict_is_announced(submit, owner, heard, scorer, monkeypatch):
    revised = {"label": "manipulated", "fake_probability": 0.99, "reasons": ["A part was copied."]}
    scorer.deep = (serve.Finding("copy_move", "supports_fake", "A part was copied."),)
    monkeypatch.setattr(examination, "_fused", lambda row, deep: {**row.own, **revised})
    submit(owner)
    assert heard == ["verdict_given", "verdict_revised", "verdict_settled"]


def test_the_page_names_earlier_verdicts_with_their_models(upload, newer, as_owner):
    version = upload.latest.model.version
    assert "Earlier verdicts" not in as_owner.get(f"/uploads/{upload.pk}/").content.decode()
    again(upload, newer, state=State.DONE, label="authentic", fake_probability=0.1)
    page = as_owner.get(f"/uploads/{upload.pk}/").content.decode()
    assert "Earlier verdicts" in page
    assert f'<a href="/models/{version}/">{version}</a>' in page


def test_a_report_names_earlier_verdicts(upload, newer, as_owner):
    version = upload.latest.model.version
    again(upload, newer, state=State.DONE, label="authentic", fake_probability=0.1, finished_at=timezone.now())
    told = as_owner.get(f"/uploads/{upload.pk}/report.json").json()
    assert [row["model"]["version"] for row in told["earlier"]] == [version]
    assert as_owner.get(f"/uploads/{upload.pk}/report.pdf").status_code == 200
