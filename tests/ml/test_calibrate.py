"""Temperature, threshold and band, on scores that are made to order."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import calibrate
from ml.config import Judgement
from ml.decide import Rule, Seen
from ml.predict import Predictions
from ml.quality import Quality
from tests.ml.making import record


def overconfident(count: int = 400, seed: int = 0) -> Predictions:
    """Two sources, scores whose log-odds are three times too large."""
    rng = np.random.default_rng(seed)
    records, logits = [], []
    for number in range(count):
        fake = number % 2 == 0
        records.append(record(label="ai_generated" if fake else "authentic", source="ab"[number % 4 // 2]))
        logits.append(3 * (rng.normal() + (1 if fake else -1)))
    values = np.array(logits, dtype=np.float32)
    return Predictions(records, np.repeat(np.stack([-values, values], axis=-1)[:, None] / 2, 5, axis=1))


def test_calibration_lowers_the_log_loss():
    made = overconfident()
    weights = np.ones(len(made.records))
    temperature = calibrate.fit_temperature(made.logits.mean(axis=1), made.fake, weights)
    before, after = (calibrate.log_loss(made.score(t), made.fake, weights) for t in (1.0, temperature))
    assert after < before
    assert 1.1 < temperature < 2.5  # true log-odds are 2z for a score of 3z


def test_the_prior_holds_false_alarms_at_five_percent():
    made = [overconfident(seed=seed) for seed in (0, 1)]
    decision = calibrate.calibrate(made, Judgement())
    score = np.concatenate([p.score(decision["temperature"], decision["offset"]) for p in made])
    fake = np.concatenate([p.fake for p in made])
    assert (score[~fake] >= decision["threshold"]).mean() <= 0.05
    assert decision["threshold"] == 0.5
    assert 0 < decision["prior"] <= 0.5
    assert decision["contradiction"] == [0.5, 0.5]  # every flip counts
    assert decision["band"][0] < decision["threshold"] < decision["band"][1]


@settings(max_examples=60)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
    st.integers(0, 2**31),
    st.floats(0, 0.5),
)
def test_no_larger_weight_than_asked_lies_above_the_threshold(scores, seed, at_most):
    score = np.array(scores)
    weights = np.random.default_rng(seed).random(len(score)) + 0.01
    threshold = calibrate.hold_false_alarms(score, weights, at_most)
    assert weights[score >= threshold].sum() / weights.sum() <= at_most + 1e-9


def test_the_band_holds_the_share_that_was_asked():
    score = np.linspace(0.001, 0.999, 999)
    low, high = calibrate.band(score, np.ones(999), threshold=0.6, share=0.06)
    assert ((score >= low) & (score <= high)).mean() == pytest.approx(0.06, abs=0.005)


def test_details_get_a_share_where_they_know_more_than_the_whole():
    made = overconfident()
    knowing, noise = made.logits.copy(), np.random.default_rng(1).normal(size=(400, 4, 2))
    knowing[:, :4] = noise
    weights = np.ones(len(made.records))
    assert calibrate.fit_views(knowing, made.fake, weights)[1] >= 0.6
    knowing[:, :4], knowing[:, 4] = made.logits[:, :4], noise[:, 0]
    assert calibrate.fit_views(knowing, made.fake, weights)[1] <= 0.2


def test_the_gates_of_quality_and_features_are_fitted_where_they_were_measured():
    made = overconfident(count=800)
    rng = np.random.default_rng(2)
    measured = dataclasses.replace(
        made,
        features=rng.normal(size=(800, 24)).astype(np.float32),
        quality=rng.uniform(0.2, 0.6, (800, 2)).astype(np.float32),
    )
    assert not {"familiar", "quality"} & {*calibrate.calibrate([made], Judgement())["tested"]}
    decision = calibrate.calibrate([measured], Judgement())
    rule = Rule.from_card({"classes": ["authentic", "ai_generated"], "decision": decision})
    usual = Seen(80, Quality(0.4, 0.4), np.zeros(24))
    assert rule.unlike(usual) is None
    for other in (usual._replace(jpeg_quality=12), usual._replace(quality=Quality(0.4, 0.95))):
        assert rule.unlike(other)
    assert rule.unlike(usual._replace(features=np.full(24, 30.0)))


def test_a_source_that_hardly_counted_in_training_does_not_say_how_sure_the_model_may_be():
    known, noise = overconfident(), overconfident(seed=1)
    unlearned = [dataclasses.replace(r, source="hard") for r in noise.records]
    blind = np.random.default_rng(3).normal(size=noise.logits.shape).astype(np.float32)
    made = Predictions([*known.records, *unlearned], np.concatenate([known.logits, blind]))
    alike, faint = (calibrate.calibrate([made], Judgement(), {"hard": share}) for share in (1.0, 0.01))
    assert faint["temperature"] < alike["temperature"]
