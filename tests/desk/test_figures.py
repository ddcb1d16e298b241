"""Figures for moderators: from the random sample alone, by model and by time."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import Actor
from desk import deciding, figures, habits, queue
from desk.models import QueueItem
from detector import review
from detector.models import Analysis, ModelVersion, Review

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def looked_at(submit, owner, moderator):
    """`looked_at("ai_generated", "authentic")`: what the machine said, what a person decided, drawn or not."""
    seeds = iter(range(100))

    def act(machine, decision, *, sampled=True, by=None, days_ago=0):
        upload = submit(owner, seed=next(seeds), width=80, height=60)
        Analysis.objects.filter(upload=upload).update(label=machine)
        item = queue.put(Actor(user=moderator), upload=upload)
        QueueItem.objects.filter(pk=item.pk).update(sampled=sampled)
        upload.__dict__.pop("latest", None)
        made = deciding.decide(
            Actor(user=by or moderator), item=QueueItem.objects.get(pk=item.pk), decision=decision
        ) if decision else None  # fmt: skip
        if days_ago:
            moved = timezone.now() - timedelta(days=days_ago)
            QueueItem.objects.filter(pk=item.pk).update(created_at=moved, closed_at=moved + timedelta(hours=2))
            Review.objects.filter(pk=made.pk).update(created_at=moved)
        return made

    return act


def test_error_rates_come_from_the_random_sample_alone(looked_at, model):
    for _ in range(3):
        looked_at("authentic", "authentic")
    looked_at("ai_generated", "authentic")  # a false alarm
    looked_at("authentic", "manipulated")  # missed
    looked_at("manipulated", "ai_generated")  # a fake that was called fake, though of another kind
    looked_at("inconclusive", "authentic")
    looked_at("ai_generated", "authentic", sampled=False)  # doubtful: it would say nothing of the machine
    found = figures.sample(None)
    assert (found.drawn, found.decided) == (7, 7)
    (errors,) = found.by_version
    assert errors.name == model.version
    assert (errors.false_alarms.hits, errors.false_alarms.n) == (1, 5)
    assert (errors.missed.hits, errors.missed.n) == (1, 2)
    assert (errors.inconclusive.hits, errors.inconclusive.n) == (1, 7)


def test_what_is_not_decided_or_left_open_says_nothing_of_the_machine(looked_at):
    looked_at("ai_generated", None)
    looked_at("ai_generated", "unsure")
    found = figures.sample(None)
    assert (found.drawn, found.decided) == (2, 1)
    assert [(one.false_alarms, one.missed) for one in found.by_version] == [(None, None)]


def test_an_undone_decision_counts_nowhere(looked_at, moderator):
    review.undo(Actor(user=moderator), review=looked_at("ai_generated", "authentic"))
    assert figures.sample(None).decided == 0
    assert figures.done(None).total == 0
    assert all(measure is None for _, _, measure in figures.agreements(None))


def test_the_decision_that_stands_is_the_truth(looked_at, colleague):
    first = looked_at("ai_generated", "authentic")
    review.decide(Actor(user=colleague), upload=first.upload, decision="ai_generated")
    (errors,) = figures.sample(None).by_version
    assert errors.false_alarms is None
    assert (errors.missed.hits, errors.missed.n) == (0, 1)


def test_each_model_that_looked_at_the_sample_is_judged_by_it(looked_at, model):
    made = looked_at("ai_generated", "authentic")
    newer = ModelVersion.objects.create(version="2099.1", sha256="f" * 64, folder="nowhere")
    Analysis.objects.create(upload=made.upload, model=newer, state="done", label="authentic", fake_probability=0.1)
    found = {one.name: one.false_alarms.hits for one in figures.sample(None).by_version}
    assert found == {model.version: 1, "2099.1": 0}
    assert [one.name for one in figures.sample(None, version="2099.1").by_version] == ["2099.1"]


def test_a_period_leaves_out_what_was_before(looked_at):
    looked_at("ai_generated", "authentic", days_ago=40)
    looked_at("authentic", "authentic")
    since = timezone.now() - timedelta(days=30)
    assert figures.sample(since).drawn == 1
    assert figures.done(since).total == 1
    assert len(figures.sample(None).by_time) == 2


def test_agreement_is_told_apart_by_how_the_images_came(looked_at, moderator):
    looked_at("authentic", "authentic")
    looked_at("ai_generated", "authentic", sampled=False)
    looked_at("inconclusive", "authentic")  # no definite answer of the machine
    habits.choose(Actor(user=moderator), hide_machine=True, keys=True)
    looked_at("manipulated", "manipulated", sampled=False)
    drawn, blind, every, second = [measure for _, _, measure in figures.agreements(None)]
    assert (drawn.n, drawn.agreed) == (1, 1)
    assert (blind.n, blind.agreed) == (1, 1)
    assert (every.n, every.agreed) == (3, 2)
    assert second is None


def test_second_opinions_say_how_far_people_agree(looked_at, moderator, colleague):
    for answer in ("authentic", "manipulated"):
        first = looked_at("ai_generated", "authentic")
        item = queue.ask_for_second(Actor(user=moderator), first=first)
        deciding.decide(Actor(user=colleague), item=item, decision=answer)
    second = figures.agreements(None)[-1][2]
    assert (second.n, second.agreed) == (2, 1)


def test_the_queue_is_counted_by_age_and_reason(waiting, moderator):
    items = waiting(3)
    queue.claim(Actor(user=moderator), item=items[1])
    long_ago = timezone.now() - timedelta(days=3)
    QueueItem.objects.filter(pk=items[0].pk).update(created_at=long_ago, reason="disputed")
    found = figures.waiting()
    assert (found.total, found.claimed, found.oldest) == (3, 1, long_ago)
    assert dict(found.ages) == {"1 hour": 2, "1 day": 0, "1 week": 1, "longer": 0}
    assert [(reason, count) for reason, _, count, _ in found.reasons] == [("disputed", 1), ("assigned", 2)]


def test_throughput_has_days_without_a_decision_too(looked_at, colleague):
    looked_at("authentic", "authentic", days_ago=3)
    looked_at("authentic", "authentic", by=colleague)
    found = figures.done(None)
    assert [count for _, count in found.by_time] == [1, 0, 0, 1]
    assert found.by_person == [("moderator", 1), ("colleague", 1)]
    assert found.median_wait is not None


def test_the_page_shows_charts_and_tables(looked_at, as_moderator, model):
    looked_at("ai_generated", "authentic", days_ago=9)
    looked_at("authentic", "authentic")
    page = as_moderator.get(f"/desk/figures/?days=30&version={model.version}").content.decode()
    assert page.count('<svg class="chart"') >= 5
    assert "1 of 2: 50\u00a0% (9 to 91\u00a0%)" in page
    assert as_moderator.get("/desk/figures/?days=nonsense&version=%00").status_code == 200


def test_the_charts_keep_their_places_in_a_language_with_decimal_commas(looked_at, as_moderator, settings):
    looked_at("ai_generated", "authentic", days_ago=9)
    as_moderator.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    page = as_moderator.get("/desk/figures/").content.decode()
    assert '<html lang="de"' in page
    assert re.search(r' y="\d+\.\d+"', page)
    assert not re.search(r'="\d+,\d+"', page)
