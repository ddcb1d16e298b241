"""The comparison: what is counted, and what its intervals say."""

import pytest
from django.utils import timezone

from desk.models import QueueItem, Reason
from detector.models import Analysis, Upload
from learning import bells, comparison
from learning.comparison import Share, paired_difference
from learning.models import Shadow, ShadowScore
from tests.conftest import logged_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """No thread looks on; the rows are made here."""
    monkeypatch.setattr(bells, "look", lambda score: None)


@pytest.fixture
def trial(candidate):
    return Shadow.objects.create(model=candidate, share=1.0)


@pytest.fixture
def scored(trial, submit, owner):
    """Make an upload of which the two models said this."""
    counter = iter(range(1000))
    first = submit(owner)

    def act(shown: str, label: str) -> Upload:
        upload = Upload.objects.create(owner=owner, original=first.original, name=f"{next(counter)}.jpg")
        row = Analysis.objects.create(upload=upload, model=first.latest.model, state="done", label=shown)
        said = {"label": label, "probability": 0.5, "shown_label": shown, "shown_probability": 0.5, "seconds": 0.2}
        ShadowScore.objects.create(shadow=trial, upload=upload, analysis=row, state="done", **said)
        return upload

    return act


def test_agreement_and_changes_are_counted(trial, scored):
    for shown, label in (
        [("authentic", "authentic")] * 3 + [("authentic", "manipulated")] * 2 + [("inconclusive", "ai_generated")]
    ):
        scored(shown, label)
    found = comparison.of(trial)
    assert (found.done, found.agreement) == (6, Share(3, 6))
    assert found.changes == [("authentic", "manipulated", 2), ("inconclusive", "ai_generated", 1)]
    assert (found.called_fake.served, found.called_fake.candidate) == (Share(0, 6), Share(3, 6))
    assert found.inconclusive.served == Share(1, 6)
    assert found.seconds == pytest.approx(0.2)


def test_errors_are_counted_where_a_person_decided(trial, scored, moderator, decide):
    decide(moderator, scored("manipulated", "authentic"), "authentic")
    decide(moderator, scored("authentic", "authentic"), "authentic")
    decide(moderator, scored("authentic", "ai_generated"), "ai_generated")
    decide(moderator, scored("authentic", "ai_generated"), "unsure")
    scored("manipulated", "manipulated")
    false_alarms, missed = comparison.of(trial).reviewed
    assert (false_alarms.served, false_alarms.candidate) == (Share(1, 2), Share(0, 2))
    assert (missed.served, missed.candidate) == (Share(1, 1), Share(0, 1))


def test_the_newest_standing_decision_counts(trial, scored, moderator, decide):
    upload = scored("manipulated", "authentic")
    decide(moderator, upload, "manipulated")
    decide(moderator, upload, "authentic")
    undone = decide(moderator, upload, "ai_generated", final=False)
    undone.undone_at = timezone.now()
    undone.save()
    false_alarms, missed = comparison.of(trial).reviewed
    assert (false_alarms.served.of, missed.served.of) == (1, 0)


def test_those_drawn_at_random_are_counted_apart(trial, scored, moderator, decide):
    drawn, chosen = scored("manipulated", "authentic"), scored("manipulated", "authentic")
    for upload in (drawn, chosen):
        decide(moderator, upload, "authentic")
    QueueItem.objects.filter(upload=drawn).delete()
    QueueItem.objects.create(upload=drawn, reason=Reason.SAMPLED, sampled=True, state="done")
    found = comparison.of(trial)
    assert (found.reviewed[0].served, found.sampled[0].served) == (Share(2, 2), Share(1, 1))


def test_what_changed_is_listed_by_pair(trial, scored):
    one, _other = scored("authentic", "manipulated"), scored("inconclusive", "authentic")
    scored("authentic", "authentic")
    assert comparison.changed(trial).count() == 2
    assert comparison.changed(trial, "authentic", "manipulated").get().upload == one
    assert comparison.changed(trial, "x", "y").count() == 2


def test_nothing_seen_leaves_everything_possible():
    assert Share(0, 0).interval == (0.0, 1.0)
    assert paired_difference(0, 0, 0, 0) == (0.0, -1.0, 1.0)


def test_the_interval_holds_the_difference_and_turns_with_the_models():
    found = paired_difference(12, 36, 2, 50)
    assert found.value == pytest.approx(0.68)
    assert -1 <= found.low < found.value < found.high <= 1
    turned = paired_difference(12, 2, 36, 50)
    assert (turned.low, turned.high) == (pytest.approx(-found.high), pytest.approx(-found.low))


def test_looking_at_the_same_pictures_makes_a_difference_surer():
    """20 and 10 of 100: where the ten are among the twenty it is clear, where they are others it is not."""
    nested = paired_difference(10, 10, 0, 100)
    apart = paired_difference(0, 20, 10, 100)
    assert nested.value == apart.value == pytest.approx(0.1)
    assert nested.high - nested.low < apart.high - apart.low
    assert nested.is_clear
    assert not apart.is_clear


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """2,000 trials of 150 pictures, by a fixed seed: 95 in 100 intervals hold the true difference."""
    import numpy as np

    random, shares = np.random.default_rng(5), [0.05, 0.08, 0.03, 0.84]  # both, the first alone, the second, neither
    hits = 0
    for both, first, second, _neither in random.multinomial(150, shares, 2000):
        found = paired_difference(int(both), int(first), int(second), 150)
        hits += found.low <= 0.05 <= found.high
    assert 0.93 <= hits / 2000 <= 0.98


def test_the_page_compares_and_leads_to_the_promotion(trial, scored, as_administrator, as_moderator):
    scored("authentic", "manipulated")
    text = as_administrator.get("/learning/shadow/").content.decode()
    assert "0.0\u00a0%" in text
    assert "Let it serve" in text
    assert f'name="_selected_action" value="{trial.model.pk}"' in " ".join(text.split())
    seen = as_moderator.get("/learning/shadow/").content.decode()
    assert "What would change" in seen
    assert "Let it serve" not in seen


def test_the_promote_button_leads_to_the_page_of_promotion(trial, as_administrator, candidate):
    action = {"action": "promote", "_selected_action": candidate.pk}
    answer = as_administrator.post("/admin/detector/modelversion/", action)
    assert f"Let model {candidate.version} serve?" in answer.content.decode()


def test_users_see_no_trial(trial, as_owner, client):
    for address in ("/learning/shadow/", f"/learning/shadow/{trial.pk}/"):
        assert as_owner.get(address).status_code == 403
        assert client.get(address).status_code == 302


def test_an_administrator_starts_and_ends_a_trial(as_administrator, candidate, other):
    answer = as_administrator.post("/learning/shadow/", {"version": candidate.version, "share": "10", "at_most": "50"})
    made = Shadow.objects.get()
    assert (answer.status_code, made.share, made.at_most) == (302, 0.1, 50)
    assert as_administrator.post(f"/learning/shadow/{made.pk}/stop/").status_code == 302
    assert "A person ended it" in as_administrator.get(f"/learning/shadow/{made.pk}/").content.decode()


def test_a_moderator_starts_and_ends_none(as_moderator, candidate, trial):
    assert as_moderator.post("/learning/shadow/", {"version": candidate.version}).status_code == 403
    assert as_moderator.post(f"/learning/shadow/{trial.pk}/stop/").status_code == 403


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"share": "0", "at_most": "5"}, "greater than or equal to 0.01"),
        ({"share": "101", "at_most": "5"}, "less than or equal to 100"),
        ({"share": "5", "at_most": "none"}, "Enter a whole number"),
    ],
)
def test_bad_input_is_told(as_administrator, candidate, form, words):
    answer = as_administrator.post("/learning/shadow/", {"version": candidate.version, **form})
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_a_candidate_without_files_is_told(as_administrator, candidate):
    asked = {"version": candidate.version, "share": "5", "at_most": "5"}
    answer = as_administrator.post("/learning/shadow/", asked)
    assert (answer.status_code, Shadow.objects.count()) == (400, 0)


def test_the_api_tells_administrators_alone(trial, scored, as_administrator, as_moderator, moderator, decide):
    decide(moderator, scored("manipulated", "authentic"), "authentic")
    told = as_administrator.get(f"/api/v1/shadows/{trial.pk}/").json()
    assert told["changes"] == [{"from": "manipulated", "to": "authentic", "uploads": 1}]
    assert told["reviewed"]["false_alarms"]["served"]["hits"] == 1
    assert told["sampled"]["missed"]["difference"] is None
    assert as_administrator.get("/api/v1/shadows/").json()[0]["model"] == trial.model.version
    for client in (as_moderator, logged_in(UserFactory())):
        assert client.get(f"/api/v1/shadows/{trial.pk}/").status_code == 403
        assert client.get("/api/v1/shadows/").status_code == 403


def test_the_page_asks_as_often_of_a_hundred_uploads_as_of_one(
    trial, scored, as_moderator, django_assert_max_num_queries
):
    for _ in range(60):
        scored("authentic", "manipulated")
    with django_assert_max_num_queries(25):
        as_moderator.get("/learning/shadow/")
