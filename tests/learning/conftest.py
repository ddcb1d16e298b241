"""Uploads that were decided on, by people who agree to training or do not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import consent
from accounts.audit import Actor
from accounts.models import Purpose
from detector import models_in_use, review
from detector.models import ModelVersion, Review
from tests.learning.again import OtherScorer


@pytest.fixture
def agrees():
    """Let a person agree to training."""
    return lambda person: consent.give(Actor(user=person), person=person, purpose=Purpose.TRAINING)


@pytest.fixture
def withdraws():
    return lambda person: consent.withdraw(Actor(user=person), person=person, purpose=Purpose.TRAINING)


@pytest.fixture
def decide(db):
    """Let a moderator decide; with `final` the undo period is over and whoever listens was told."""

    def act(person, upload, decision: str = "authentic", final: bool = True) -> Review:
        made = review.decide(Actor(user=person), upload=upload, decision=decision)
        if final:
            over = timezone.now() - timedelta(seconds=1)
            Review.objects.filter(pk=made.pk).update(effective_at=over)
            review.settle()
        return made

    return act


@pytest.fixture
def candidate(model):
    """A second registered version."""
    return ModelVersion.objects.create(version="9999.1", sha256="9" * 64, folder="nowhere", card=model.card)


@pytest.fixture
def other(candidate, scorer, monkeypatch):
    """What the candidate says; the model that ships goes on saying what it said."""
    plain = OtherScorer(candidate)
    monkeypatch.setattr(models_in_use, "scorer_of", lambda model: plain if model.pk == candidate.pk else scorer)
    return plain


@pytest.fixture
def serves():
    """Let a version serve, without asking whether it is better."""

    def act(version: ModelVersion) -> ModelVersion:
        ModelVersion.objects.filter(is_current=True).update(is_current=False)
        ModelVersion.objects.filter(pk=version.pk).update(is_current=True)
        version.refresh_from_db()
        return version

    return act
