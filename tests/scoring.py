"""A scorer that answers at once and predictably, and uploads made through the real intake.

A plug-in of the suite (see conftest.py), so that every folder of tests may use its fixtures.
"""

from collections.abc import Iterator

import pytest

from accounts.audit import Actor
from detector import intake, models_in_use
from detector.models import Upload
from ml.images import read
from ml.serve import Finding, ModelInfo, Picture, Score
from tests.factories import image_bytes


class PlainScorer:
    """Stands for the network where a test is about the job and not about the pixels."""

    def __init__(self, model):
        self.info = ModelInfo(model.version, model.sha256, model.card)
        self.calls = self.examinations = 0
        self.deep: tuple[Finding, ...] = ()  # what the deep signals find

    def open(self, data: bytes, limits=None) -> Picture:
        return Picture(*read(data, limits), data)

    def judge(self, picture: Picture) -> Score:
        self.calls += 1
        return Score(
            label="ai_generated",
            fake_probability=0.93,
            probabilities={"authentic": 0.07, "ai_generated": 0.93, "manipulated": 0.0},
            reasons=("The model finds traces of AI generation.",),
            findings=(Finding("stability", "silent", "The verdict held.", {"steady": True}),),
            heatmap=[[0.1, 0.9], [0.5, 0.5]],
            facts=picture.facts,
            model=self.info,
        )

    def examine(self, data: bytes, limits=None) -> Iterator[Finding]:
        self.examinations += 1
        yield from self.deep


@pytest.fixture
def scorer(model, monkeypatch):
    plain = PlainScorer(model)
    monkeypatch.setattr(models_in_use, "scorer_of", lambda version: plain)
    return plain


@pytest.fixture
def submit(on_commit, scorer):
    """Hand an image in as this person and have it analysed, as a request does."""

    def act(owner, data: bytes | None = None, name: str = "picture.jpg", **options) -> Upload:
        with on_commit():
            taken = intake.submit(Actor(user=owner), owner=owner, name=name, data=data or image_bytes(**options))
        return Upload.objects.get(pk=taken.pk)

    return act
