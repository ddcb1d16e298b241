"""Promotion: a model that was not tested on every confirmed mistake of now, or fails more of them, needs a reason."""

import json

import pytest

from detector import models_in_use
from detector.errors import PromotionRefused
from detector.models import ModelVersion
from learning import mistakes
from ml import registry, serve

pytestmark = pytest.mark.django_db


@pytest.fixture
def mistake(submit, owner, moderator, agrees, decide):
    agrees(owner)
    decide(moderator, submit(owner), "authentic")
    return mistakes.tested()[0]


@pytest.fixture
def candidate(model, settings):
    """Register a copy of the model that ships, with these outcomes of confirmed mistakes on its card."""

    def act(outcomes=None, beside=None, version="2031.1.1") -> ModelVersion:
        card = json.loads((serve.shipped() / "card.json").read_text())
        if outcomes is not None:
            against = {model.version: {"outcomes": beside or {}}}
            card["metrics"]["regression"] = {"images": 1, "outcomes": outcomes, "against": against}
        files = serve.shipped() / "model.tflite", serve.shipped() / "model.keras"
        return models_in_use.register(None, folder=registry.write(settings.MODELS_DIR, version, card, *files))

    return act


def test_a_model_that_was_not_tested_on_a_mistake_is_refused(mistake, candidate, model):
    (told,) = models_in_use.objections_to(candidate().version)
    assert told.startswith("It was not tested on the confirmed mistake of this site: export_regression lists")
    with pytest.raises(PromotionRefused, match="not tested on the confirmed mistake"):
        models_in_use.promote(None, version="2031.1.1")
    assert models_in_use.current() == model


def test_a_model_that_gets_it_right_now_serves(mistake, candidate):
    tested = candidate({mistake.key: "right"}, {mistake.key: "wrong"})
    assert models_in_use.objections_to(tested.version) == []
    assert models_in_use.promote(None, version=tested.version).is_current


def test_a_model_that_fails_more_of_them_is_refused_unless_forced_with_a_reason(mistake, candidate):
    worse = candidate({mistake.key: "wrong"}, {mistake.key: "right"})
    with pytest.raises(PromotionRefused, match="Of 1 confirmed mistakes it gets wrong 1"):
        models_in_use.promote(None, version=worse.version)
    assert models_in_use.promote(None, version=worse.version, force=True, reason="A test.").is_current


def test_one_of_two_untested_is_counted(mistake, candidate, submit, owner, moderator, decide):
    decide(moderator, submit(owner, seed=5), "authentic")
    tested = candidate({mistake.key: "right"})
    assert models_in_use.objections_to(tested.version)[0].startswith("It was not tested on 1 of 2 confirmed mistakes")


def test_a_mistake_whose_owner_withdrew_is_asked_for_no_more(mistake, candidate, owner, withdraws):
    withdraws(owner)
    assert models_in_use.objections_to(candidate().version) == []


def test_a_card_that_was_tampered_with_tests_nothing(mistake, candidate):
    row = candidate({})
    row.card["metrics"]["regression"] = ["right"]
    ModelVersion.objects.filter(pk=row.pk).update(card=row.card)
    assert "not tested" in models_in_use.objections_to(row.version)[0]


def test_the_model_that_serves_and_the_first_one_meet_no_question(mistake, model):
    assert models_in_use.objections_to(model.version) == []
    ModelVersion.objects.update(is_current=False)
    assert models_in_use.objections_to(model.version) == []
