"""From probabilities to a label and its reasons."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.decide import VIEWS, Rule, Seen, SizeRange, decide
from ml.familiar import Familiar
from ml.quality import Quality, QualityRange

TESTED = SizeRange(short_edge=(200, 6000), megapixels=(0.04, 25), aspect=3)
RULE = Rule(("authentic", "ai_generated"), 1.0, 0.0, 0.6, (0.55, 0.65), (0.4, 0.7), TESTED)
THREE = Rule(("authentic", "ai_generated", "manipulated"), 1.0, 0.0, 0.6, (0.55, 0.65), (0.4, 0.7), TESTED)
OPPOSITE = {"authentic": "ai_generated", "ai_generated": "authentic"}


ROWS = len(VIEWS) + 1  # the views of the whole, and the details


def logits(*fake: float) -> np.ndarray:
    """Logits of rows whose fake probabilities these are; one value stands for all, four for the views of the whole."""
    values = np.array({1: fake * ROWS, len(VIEWS): (*fake, 0.5)}.get(len(fake), fake))
    return np.stack([np.log(1 - values), np.log(values)], axis=-1)


def judge(*fake: float, width: int = 640, height: int = 480):
    return decide(logits(*fake), width, height, RULE)


@pytest.mark.parametrize(("fake", "label"), [(0.1, "authentic"), (0.54, "authentic"), (0.66, "ai_generated")])
def test_a_score_clear_of_the_threshold_is_called(fake, label):
    decision = judge(fake)
    assert decision.label == label
    assert decision.fake_probability == pytest.approx(fake)


@pytest.mark.parametrize("fake", [0.56, 0.6, 0.64])
def test_a_score_inside_the_band_is_not_called(fake):
    decision = judge(fake)
    assert decision.label == "inconclusive"
    assert "too close" in decision.reasons[0]


def test_a_verdict_that_a_reencoding_turns_is_not_called():
    decision = judge(0.9, 0.9, 0.2, 0.9)
    assert decision.label == "inconclusive"
    assert "changes when the picture is saved again" in decision.reasons[0]
    assert decision.findings[0].details["steady"] is False


def test_details_count_as_much_as_the_rule_says():
    split = np.log([[0.8, 0.2]] * len(VIEWS) + [[0.02, 0.98]])
    shares = [
        decide(split, 640, 480, dataclasses.replace(RULE, detail=share)).fake_probability for share in (0.0, 0.5, 1.0)
    ]
    assert shares == pytest.approx([0.2, 1 / (1 + np.sqrt(4 / 49)), 0.98])


def test_views_that_differ_near_the_threshold_do_not_contradict_each_other():
    assert judge(0.68, 0.69, 0.59, 0.75).label == "ai_generated"


@pytest.mark.parametrize(
    ("width", "height", "word"), [(150, 150, "smaller"), (7000, 6500, "larger"), (1600, 400, "narrower")]
)
def test_a_picture_outside_the_tested_range_is_not_called(width, height, word):
    decision = judge(0.99, width=width, height=height)
    assert decision.label == "inconclusive"
    assert word in decision.reasons[0]
    assert decision.findings[1].details["inside"] is False


def test_no_sign_is_never_sold_as_proof():
    reasons = " ".join(judge(0.02).reasons)
    assert "No sign of AI generation found" in reasons
    assert "no proof" in reasons


def test_it_says_what_it_was_not_trained_to_find():
    assert any("not trained to find manipulated" in reason for reason in judge(0.9).reasons)
    trained = decide(np.tile(np.log([0.1, 0.8, 0.1]), (ROWS, 1)), 640, 480, THREE)
    assert not any("not trained" in reason for reason in trained.reasons)


@pytest.mark.parametrize(
    ("probabilities", "label"), [((0.1, 0.7, 0.2), "ai_generated"), ((0.1, 0.2, 0.7), "manipulated")]
)
def test_a_model_of_three_classes_names_the_likelier_kind_of_fake(probabilities, label):
    decision = decide(np.tile(np.log(probabilities), (ROWS, 1)), 640, 480, THREE)
    assert decision.label == label
    assert decision.probabilities[label] == pytest.approx(0.7)


@given(
    st.lists(st.floats(0.001, 0.999), min_size=len(VIEWS), max_size=len(VIEWS)),
    st.integers(1, 9000),
    st.integers(1, 9000),
)
def test_whatever_the_scores_probabilities_sum_to_one_and_a_doubt_is_never_called(fakes, width, height):
    decision = judge(*fakes, width=width, height=height)
    assert sum(decision.probabilities.values()) == pytest.approx(1)
    assert decision.probabilities["manipulated"] == 0
    assert 1 - decision.probabilities["authentic"] == pytest.approx(decision.fake_probability)
    doubtful = RULE.band[0] <= decision.fake_probability <= RULE.band[1] or RULE.tested.complaint(width, height)
    steady = decision.findings[0].details["steady"]
    assert (decision.label == "inconclusive") == bool(doubtful or not steady)
    assert decision.reasons
    assert all(reason.endswith((".", ").")) for reason in decision.reasons)


@given(st.floats(0.01, 0.99))
def test_exchanging_the_classes_exchanges_the_verdict_away_from_the_threshold(fake):
    even = Rule(RULE.classes, 1.0, 0.0, 0.5, (0.5, 0.5), (0.4, 0.6), TESTED)
    here, there = (decide(logits(p), 640, 480, even) for p in (fake, 1 - fake))
    assert there.label == OPPOSITE.get(here.label, here.label)


def test_a_higher_temperature_moves_every_score_towards_even():
    warm = Rule(RULE.classes, 4.0, 0.0, 0.6, (0.55, 0.65), (0.4, 0.7), TESTED)
    assert 0.5 < decide(logits(0.9), 640, 480, warm).fake_probability < 0.9


def test_a_prior_of_fewer_fakes_lowers_every_score_by_its_log_odds():
    sceptical = Rule(RULE.classes, 1.0, np.log(3), 0.5, (0.45, 0.55), (0.4, 0.6), RULE.tested)  # a quarter are fakes
    assert decide(logits(0.75), 640, 480, sceptical).fake_probability == pytest.approx(0.5)


@pytest.mark.parametrize("missing", ["temperature", "offset", "threshold", "band", "contradiction", "tested"])
def test_a_card_that_lacks_a_part_is_no_rule(missing):
    card = {
        "classes": ["authentic", "ai_generated"],
        "decision": {
            "temperature": 1, "offset": 0, "threshold": 0.6, "band": [0.5, 0.7], "contradiction": [0.3, 0.7],
            "tested": {"short_edge": [1, 2], "megapixels": [1, 2], "aspect": 3},
        },
    }  # fmt: skip
    assert Rule.from_card(card).threshold == 0.6
    del card["decision"][missing]
    with pytest.raises(KeyError):
        Rule.from_card(card)


def test_a_picture_unlike_the_tested_ones_is_not_called_and_told_why():
    decision = decide(logits(0.99), 640, 480, RULE, "It is a chart.")
    assert decision.label == "inconclusive"
    assert "It is a chart." in decision.reasons
    assert decision.findings[1].details["inside"] is False
    assert decision.findings[1].summary == "It is a chart."


def test_a_rule_without_gates_finds_nothing_unlike():
    assert RULE.unlike(Seen(5, Quality(0.0, 1.0), np.zeros(3))) is None


def test_quality_is_looked_at_before_features():
    ranged = dataclasses.replace(RULE, quality=QualityRange(30, (0.1, 1.5), 0.5))
    assert "JPEG quality 5" in ranged.unlike(Seen(5, Quality(1.0, 0.1)))
    assert ranged.unlike(Seen(None, Quality(1.0, 0.1))) is None
    strict = Familiar(np.zeros((1, 4)), np.eye(2, 4), 1.0, 0.5)
    assert "unlike" in dataclasses.replace(ranged, familiar=strict).unlike(Seen(90, Quality(1.0, 0.1), np.full(4, 9.0)))
