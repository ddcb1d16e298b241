"""The pages of retraining: for administrators alone, and what they show at each stage."""

import pytest

from learning import launching, readiness, runs
from learning.models import RunState, Stage, TrainingRun

pytestmark = pytest.mark.django_db
PAGE = "/learning/runs/"


@pytest.fixture(autouse=True)
def quiet(settings, tmp_path, monkeypatch):
    settings.TRAINING_DIR = tmp_path / "training"
    settings.TRAINING_DATA = settings.TRAINING_DIR / "manifest.jsonl"
    monkeypatch.setattr(launching, "ring", lambda run: None)


@pytest.fixture
def reviewed(submit, owner, moderator, agrees, decide):
    agrees(owner)
    decide(moderator, submit(owner), "authentic")


@pytest.fixture
def run(reviewed, model, administrator):
    return TrainingRun.objects.create(started_from=model, started_by=administrator, only_new=True)


def text(client, path=PAGE, **options):
    return client.get(path, **options).content.decode()


def test_only_administrators_come_in(client, as_owner, as_moderator, as_administrator, run):
    for path in (PAGE, f"{PAGE}{run.pk}/"):
        assert client.get(path).status_code == 302
        assert as_owner.get(path).status_code == 403
        assert as_moderator.get(path).status_code == 403
        assert as_administrator.get(path).status_code == 200


def test_only_administrators_start_and_cancel(as_moderator, run):
    assert as_moderator.post(PAGE, {"data": "new"}).status_code == 403
    assert as_moderator.post(f"{PAGE}{run.pk}/cancel/").status_code == 403
    run.refresh_from_db()
    assert (run.state, TrainingRun.objects.count()) == (RunState.QUEUED, 1)


def test_the_page_says_what_there_is_to_learn_from(reviewed, as_administrator):
    shown = " ".join(text(as_administrator).split())
    assert "<dt>Reviewed images to learn from</dt> <dd> <strong>1</strong>" in shown
    assert "<dt>Confirmed mistakes</dt> <dd> <strong>1</strong>" in shown
    assert "Not at hand" in shown
    assert "Nothing was retrained yet" in shown


def test_what_is_missing_is_said_before_anybody_asks(model, as_administrator, monkeypatch):
    monkeypatch.setattr(readiness, "has_tensorflow", lambda: False)
    shown = text(as_administrator)
    assert "run `make setup-train`" in shown
    assert "There is nothing to learn from" in shown


def test_a_run_is_started_with_one_click_and_its_page_follows_it(reviewed, as_administrator, administrator):
    answer = as_administrator.post(PAGE, {"data": "new"})
    run = TrainingRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}{run.pk}/")
    assert (run.only_new, run.started_by) == (True, administrator)
    assert "A run is under way" in text(as_administrator)


def test_a_refusal_keeps_the_choice(reviewed, as_administrator):
    answer = as_administrator.post(PAGE, {"data": "mixed"})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "set FAKEDETECT_TRAINING_DATA" in shown
    assert shown.count("set FAKEDETECT_TRAINING_DATA") == 1
    assert 'value="mixed" checked' in " ".join(shown.split())


def test_an_open_run_asks_for_news_and_a_closed_one_does_not(run, as_administrator):
    page = f"{PAGE}{run.pk}/"
    assert 'hx-trigger="every 3s"' in text(as_administrator, page)
    fragment = text(as_administrator, page, headers={"HX-Request": "true"})
    assert "<html" not in fragment
    assert "queue <code>training</code>" in fragment
    TrainingRun.objects.update(state=RunState.CANCELLED)
    assert "hx-trigger" not in text(as_administrator, page)
    assert "It was cancelled" in text(as_administrator, page)


def test_a_running_one_shows_stage_steps_and_curve_with_each_value_as_text(run, as_administrator):
    runs.claim(run)
    runs.enter(run, Stage.TRAIN)
    runs.follow(run, done=30, total=128)
    row = {"loss": 0.61, "accuracy": 0.7, "validation_auc": 0.81, "learning_rate": 0.0003, "seconds": 20.0}
    runs.add_to_curve(run, {"epoch": 1, **row})
    runs.add_to_curve(run, {"epoch": 2, **row, "loss": 0.42})
    shown = " ".join(text(as_administrator, f"{PAGE}{run.pk}/").split())
    assert "30 of 128 steps" in shown
    assert 'aria-label="Loss by epoch"' in shown
    assert '<td class="number">0.42</td>' in shown
    assert "Validation AUC" in shown
    assert " style=" not in shown


def test_cancelling_is_a_post_and_the_page_says_that_it_was_asked(run, as_administrator):
    runs.claim(run)
    assert as_administrator.get(f"{PAGE}{run.pk}/cancel/").status_code == 405
    shown = as_administrator.post(f"{PAGE}{run.pk}/cancel/", follow=True).content.decode()
    assert "asked to stop, and does so at its next step" in shown
    assert "Cancel this run" not in shown
    again = as_administrator.post(f"{PAGE}{run.pk}/cancel/", follow=True).content.decode()
    assert "was asked to stop before" in again


def test_a_failed_one_says_why_as_text(run, as_administrator):
    runs.claim(run)
    runs.fail(run, error="<b>The disk is full.</b>")
    shown = text(as_administrator, f"{PAGE}{run.pk}/")
    assert "&lt;b&gt;The disk is full." in shown


def test_a_done_one_shows_its_candidate_what_became_of_mistakes_and_the_way_to_promote(run, as_administrator, model):
    now, before = {"right": 1, "wrong": 0, "inconclusive": 0}, {"right": 0, "wrong": 1, "inconclusive": 0}
    figures = {"mistakes": {"images": 1, "now": now, "before": before}}
    other = type(model).objects.create(version="2031.1.1", sha256="0" * 64, folder="x", card=model.card)
    TrainingRun.objects.update(state=RunState.DONE, candidate=other, figures=figures)
    shown = " ".join(text(as_administrator, f"{PAGE}{run.pk}/").split())
    assert "It does not serve yet" in shown
    assert f'name="_selected_action" value="{other.pk}"' in shown
    assert f"{model.version}, before" in shown
    assert "2031.1.1, now" in shown


def test_a_run_that_is_not_there(as_administrator):
    assert as_administrator.get(f"{PAGE}00000000-0000-0000-0000-000000000000/").status_code == 404


def test_the_tab_is_for_administrators(as_moderator, as_administrator, model):
    assert "Retraining</a>" in text(as_administrator, "/learning/shadow/")
    assert "Retraining</a>" not in text(as_moderator, "/learning/shadow/")
