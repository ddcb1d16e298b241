"""What comes into the queue by itself, and what leaves it again."""

from uuid import uuid4

import pytest

from accounts.audit import Actor
from accounts.models import AuditEvent
from desk import queue, sampling
from desk.models import ItemState, QueueItem
from detector import examination, review
from detector.models import Analysis, State, Upload
from ml import serve
from tests.desk.conftest import fresh

pytestmark = pytest.mark.django_db(transaction=True)

BAND = (0.4, 0.6)


@pytest.fixture
def verdict(scorer, submit, owner, monkeypatch):
    """`verdict("manipulated", 0.62)`: hand an image in and have it answered so."""
    card = {**scorer.info.card, "decision": {**scorer.info.card.get("decision", {}), "band": BAND}}
    monkeypatch.setattr("detector.models_in_use.card_of", lambda model: card)

    def act(label: str, probability: float, **options) -> Upload:
        answer = {"label": label, "fake_probability": probability, "probabilities": {}, "reasons": []}
        monkeypatch.setattr(serve, "fuse", lambda *_: answer)
        return submit(owner, **options)

    return act


def reasons():
    return list(QueueItem.objects.open().values_list("reason", flat=True))


def test_a_clear_verdict_needs_nobody(verdict):
    verdict("ai_generated", 0.97)
    verdict("authentic", 0.03, seed=1)
    assert reasons() == []


def test_an_inconclusive_verdict_waits_for_a_person(verdict):
    upload = verdict("inconclusive", 0.5)
    item = QueueItem.objects.get()
    assert (item.upload, item.reason, item.state, item.sampled) == (upload, "inconclusive", "open", False)
    event = AuditEvent.objects.get(action="queue.added")
    assert (event.target, event.details["reason"]) == (f"upload:{upload.pk}", "inconclusive")


@pytest.mark.parametrize(
    ("label", "probability", "near"),
    [("manipulated", 0.64, True), ("manipulated", 0.66, False), ("authentic", 0.36, True), ("authentic", 0.34, False)],
)
def test_a_verdict_next_to_a_threshold_waits_for_a_person(verdict, label, probability, near):
    verdict(label, probability)
    assert reasons() == (["low_margin"] if near else [])


def test_a_failed_analysis_does_not_wait(verdict, upload):
    assert Analysis.objects.filter(upload=upload, state=State.DONE).exists()
    assert reasons() == []


def test_the_sample_is_drawn_whatever_the_verdict(verdict, settings):
    settings.SAMPLE_SHARE = 1.0
    verdict("authentic", 0.01)
    verdict("inconclusive", 0.5, seed=1)
    assert reasons() == ["sampled", "inconclusive"]
    assert all(QueueItem.objects.values_list("sampled", flat=True))


def test_the_draw_is_the_same_every_time_and_has_its_share(settings):
    settings.SAMPLE_SHARE = 0.2
    ids = [uuid4() for _ in range(2000)]
    drawn = {pk for pk in ids if sampling.is_drawn(pk)}
    assert drawn == {pk for pk in ids if sampling.is_drawn(pk)}
    assert 300 < len(drawn) < 500
    settings.SAMPLE_SHARE = 0.1
    assert {pk for pk in ids if sampling.is_drawn(pk)} < drawn


def test_another_key_draws_others(settings):
    settings.SAMPLE_SHARE = 0.5
    ids = [uuid4() for _ in range(100)]
    drawn = [sampling.is_drawn(pk) for pk in ids]
    settings.SECRET_KEY = "another key, which nobody who uploads knows"
    assert drawn != [sampling.is_drawn(pk) for pk in ids]


def test_nothing_and_everything_can_be_drawn(settings):
    for share, drawn in ((0.0, False), (1.0, True)):
        settings.SAMPLE_SHARE = share
        assert {sampling.is_drawn(uuid4()) for _ in range(50)} == {drawn}


def test_evidence_that_settles_the_doubt_takes_the_image_out_again(verdict):
    upload = verdict("inconclusive", 0.5)
    latest = upload.latest
    latest.label, latest.fake_probability = "manipulated", 0.99
    queue.consider(latest)
    item = QueueItem.objects.get()
    assert item.state == ItemState.WITHDRAWN
    assert AuditEvent.objects.filter(action="queue.withdrawn").count() == 1


def test_what_somebody_looks_at_is_not_taken_from_them(verdict, moderator):
    upload = verdict("inconclusive", 0.5)
    queue.claim(Actor(user=moderator), item=QueueItem.objects.get())
    latest = upload.latest
    latest.label, latest.fake_probability = "manipulated", 0.99
    queue.consider(latest)
    assert QueueItem.objects.get().state == ItemState.OPEN


def test_a_drawn_image_stays_when_its_doubt_goes(verdict, settings):
    settings.SAMPLE_SHARE = 1.0
    upload = verdict("inconclusive", 0.5)
    latest = upload.latest
    latest.label, latest.fake_probability = "manipulated", 0.99
    queue.consider(latest)
    item = QueueItem.objects.get()
    assert (item.state, item.reason, item.sampled) == ("open", "sampled", True)


def test_evidence_that_raises_a_doubt_brings_the_image_in(verdict):
    upload = verdict("manipulated", 0.99)
    latest = upload.latest
    latest.label = "inconclusive"
    queue.consider(latest)
    assert reasons() == ["inconclusive"]


def test_the_last_word_of_the_ledger_is_considered_too(verdict, scorer, monkeypatch):
    """The label stays, the probability moves away from the threshold."""
    monkeypatch.setattr(examination, "first_state", lambda: State.DONE)
    upload = verdict("manipulated", 0.62)
    assert reasons() == ["low_margin"]
    latest = upload.latest
    Analysis.objects.filter(pk=latest.pk).update(ledger_state=State.QUEUED)
    moved = {"label": "manipulated", "fake_probability": 0.99, "probabilities": {}, "reasons": []}
    monkeypatch.setattr(serve, "fuse", lambda *_: moved)
    examination.run(examination.queued(latest.pk))
    assert reasons() == []


def test_what_a_person_has_decided_is_not_asked_again(verdict, moderator):
    upload = verdict("manipulated", 0.99)
    review.decide(Actor(user=moderator), upload=upload, decision="authentic")
    latest = upload.latest
    latest.label = "inconclusive"
    queue.consider(latest)
    assert reasons() == []


def test_an_upload_is_drawn_once(verdict, settings, moderator):
    settings.SAMPLE_SHARE = 1.0
    upload = verdict("manipulated", 0.99)
    item = QueueItem.objects.get()
    QueueItem.objects.update(state=ItemState.WITHDRAWN)
    queue.consider(upload.latest, first=True)
    assert QueueItem.objects.get() == fresh(item)


def test_a_deleted_upload_leaves_the_queue(verdict, as_owner):
    upload = verdict("inconclusive", 0.5)
    as_owner.delete(f"/api/v1/uploads/{upload.pk}/")
    assert not QueueItem.objects.exists()
