"""Weighted figures and their intervals, against the plain ones and against values worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import bootstrap, metrics

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=40)


def columns(rows):
    return np.array([row[0] for row in rows]), np.array([row[1] / 10 for row in rows])


@given(scored)
def test_a_weight_counts_as_so_many_copies_of_the_image(rows):
    fake, score = columns(rows)
    copies = np.array([row[2] for row in rows])
    copied = np.repeat(np.arange(len(rows)), copies)
    found = bootstrap.ranked(fake, score, copies[None].astype(np.float32))["auc"][0]
    assert found == pytest.approx(metrics.auc(fake[copied], score[copied]), nan_ok=True)


def test_average_precision_is_the_mean_precision_at_each_fake():
    fake, score = np.array([True, False, True, False, True]), np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    found = bootstrap.ranked(fake, score, np.ones((1, 5), np.float32))["average_precision"][0]
    assert found == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)


def test_images_of_one_score_share_one_precision():
    fake, score = np.array([True, False, False, True]), np.full(4, 0.5)
    found = bootstrap.ranked(fake, score, np.ones((1, 4), np.float32))
    assert found["average_precision"][0] == found["auc"][0] == 0.5


def test_precision_recall_and_f1_of_calling_every_image():
    fake, above = np.array([1, 1, 1, 1, 0, 0, 0, 0], bool), np.array([1, 1, 1, 0, 1, 0, 0, 0], bool)
    found = bootstrap.called(fake, above, np.ones((1, 8), np.float32))
    assert {name: float(row[0]) for name, row in found.items()} == {
        "balanced_accuracy": 0.75, "precision": 0.75, "recall": 0.75, "f1": 0.75,
    }  # fmt: skip


def test_the_first_row_is_the_sample_itself_and_a_group_is_taken_whole():
    groups = np.array(["a", "b", "a", "c", "b"])
    weights = bootstrap.draws(groups, rounds=50)
    assert weights.shape == (51, 5)
    assert weights[0].tolist() == [1] * 5
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[1:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_frames_of_few_videos_make_a_wider_interval_than_as_many_videos():
    rng = np.random.default_rng(3)
    video = np.repeat(np.arange(20), 30)
    right = (rng.random(20) < 0.7)[video]  # all frames of a video are right or wrong together
    of_videos, of_frames = (
        bootstrap.interval(bootstrap.share(right, bootstrap.draws(groups))) for groups in (video, np.arange(600))
    )
    assert of_videos[1] - of_videos[0] > 3 * (of_frames[1] - of_frames[0])
    assert bootstrap.effective(right, video) == pytest.approx(20, rel=0.1)
    assert bootstrap.effective(right, np.arange(600)) == 600


def test_a_figure_that_is_not_defined_is_left_out():
    values = {"auc": np.array([np.nan, 0.5]), "accuracy": np.array([0.5, 0.4, 0.6])}
    assert bootstrap.stated(values).keys() == {"accuracy", "accuracy_interval"}
