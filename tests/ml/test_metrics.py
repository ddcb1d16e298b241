"""Figures of merit against values worked out by hand, or by another way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import balance, bootstrap, metrics

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=40)


@given(scored)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows):
    fake, score = np.array([row[0] for row in rows]), np.array([row[1] / 10 for row in rows])
    pairs = [(f > a) + (f == a) / 2 for f in score[fake] for a in score[~fake]]
    assert metrics.auc(fake, score) == pytest.approx(np.mean(pairs) if pairs else float("nan"), nan_ok=True)


def test_auc_over_sources_does_not_reward_telling_the_sources_apart():
    fake = np.array([False, True] * 2 + [True] * 6)
    score = np.array([0.2, 0.1, 0.2, 0.1] + [0.9] * 6)
    sources = np.array(["mixed"] * 4 + ["fakes"] * 6)
    assert metrics.auc(fake, score) > 0.7 > metrics.mean_auc(fake, score, sources)


def test_a_probability_that_comes_true_has_no_calibration_error():
    fake = np.array([True] * 9 + [False] + [True] + [False] * 9)
    score = np.array([0.9] * 10 + [0.1] * 10)
    assert metrics.expected_calibration_error(fake, score) == pytest.approx(0)
    assert metrics.expected_calibration_error(~fake, score) == pytest.approx(0.8)
    assert metrics.brier(fake, score) == pytest.approx(0.09)


def test_an_interval_holds_the_figure_and_narrows_with_more_images():
    rng = np.random.default_rng(0)
    fake = rng.random(2000) < 0.5
    score = np.clip(fake * 0.3 + rng.random(2000) * 0.7, 0, 1)
    small, large = (
        bootstrap.interval(bootstrap.ranked(fake[:n], score[:n], bootstrap.draws(np.arange(n)))["auc"])
        for n in (60, 2000)
    )
    assert large[0] < metrics.auc(fake, score) < large[1]
    assert large[1] - large[0] < small[1] - small[0]


def test_softmax_sums_to_one_even_at_extremes():
    assert metrics.softmax(np.array([[1000.0, -1000.0], [0, 0]])).tolist() == [[1, 0], [0.5, 0.5]]


def test_a_source_with_both_classes_has_the_same_share_of_each():
    labels = ["authentic"] * 10 + ["ai_generated"] * 2 + ["authentic"] * 5 + ["authentic"] * 50
    sources = ["faces"] * 12 + ["clothes"] * 5 + ["streets"] * 50
    weights = balance.weights(labels, sources)
    share = {
        pair: sum(w for w, own in zip(weights, zip(labels, sources, strict=True), strict=True) if own == pair)
        for pair in set(zip(labels, sources, strict=True))
    }
    assert sum(weights) == pytest.approx(1)
    assert share["ai_generated", "faces"] == pytest.approx(0.5)  # the only source of fakes
    assert share["authentic", "faces"] == pytest.approx(1 / 6)
    assert share["authentic", "clothes"] == pytest.approx(share["authentic", "streets"]) == pytest.approx(1 / 6)


def test_emphasis_raises_a_source_alike_in_both_classes():
    labels, sources = ["authentic", "ai_generated"] * 2, ["a", "a", "b", "b"]
    assert balance.weights(labels, sources, {"a": 3.0}).tolist() == pytest.approx([0.375, 0.375, 0.125, 0.125])


def test_sources_of_one_side_are_levelled_so_that_a_whole_source_stays_even():
    labels = ["authentic", "manipulated", "authentic", "ai_generated", "ai_generated", "manipulated"]
    sources = ["faces", "faces", "streets", "portraits", "art", "swaps"]
    weights = balance.weights(labels, sources)
    assert weights[0] == pytest.approx(weights[1])
    assert weights[2] == pytest.approx(weights[3:].sum())


def test_kinds_of_fake_share_their_sources_half():
    labels = ["authentic", "manipulated", "ai_generated", "ai_generated"]
    assert balance.weights(labels, ["one"] * 4).tolist() == pytest.approx([0.5, 0.25, 0.125, 0.125])
