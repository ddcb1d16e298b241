"""What learns when, and how fast."""

import numpy as np
import pytest

from ml import config

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from ml import network, schedule

STEPS = 10


def training(**values):
    return config.from_dict({"name": "a", "training": {"epochs": 20} | values}).training


def rates(plan, hurried=0):
    """The rate at each step of a whole run, each stage counted from its own begin."""
    found = []
    for stage in schedule.stages(plan):
        rate = schedule.Rate(plan, STEPS, stage, hurried)
        last = min(stage.end, schedule.end(plan, hurried))
        found += [float(rate(step)) for step in range((last - stage.first) * STEPS)]
    return np.array(found)


def test_the_head_learns_first_and_then_everything():
    plan = training(frozen_epochs=2)
    assert schedule.stages(plan) == [schedule.Stage(0.0, 0, 2), schedule.Stage(1.0, 2, 20)]


def test_stages_named_take_the_place_of_the_frozen_epochs():
    plan = training(frozen_epochs=7, stages=[[0.0, 1], [0.5, 4]])
    assert schedule.stages(plan) == [
        schedule.Stage(0.0, 0, 1),
        schedule.Stage(0.5, 1, 5),
        schedule.Stage(1.0, 5, 20),
    ]


def test_a_backbone_frozen_for_good_is_one_stage():
    assert schedule.stages(training(frozen_epochs=20)) == [schedule.Stage(0.0, 0, 20)]


@pytest.mark.parametrize("stages", [[[0.5, 1], [0.1, 1]], [[1.5, 1]], [[-0.1, 1]]])
def test_stages_that_fall_or_are_no_shares_are_refused(stages):
    with pytest.raises(config.ConfigError, match="stages"):
        training(stages=stages)


def test_the_rate_is_that_of_keras_own_cosine_after_its_warm_up():
    plan = training(frozen_epochs=1, learning_rate=0.002)
    keras_own = keras.optimizers.schedules.CosineDecay(
        0.0, 18 * STEPS, alpha=0.01, warmup_target=0.002, warmup_steps=STEPS
    )
    found = rates(plan)
    assert found[:STEPS] == pytest.approx(0.002)
    assert found[STEPS:] == pytest.approx([float(keras_own(step)) for step in range(19 * STEPS)], rel=1e-4, abs=1e-9)


def test_a_later_stage_warms_up_once_more_under_the_same_cosine():
    plan = training(stages=[[0.0, 1], [0.5, 4]], learning_rate=0.002)
    plain = rates(training(frozen_epochs=1, learning_rate=0.002))
    found = rates(plan)
    assert found[5 * STEPS] == 0
    assert found[6 * STEPS :] == pytest.approx(plain[6 * STEPS :], rel=1e-4)
    assert found[: 5 * STEPS] == pytest.approx(plain[: 5 * STEPS], rel=1e-4)


def test_a_run_that_hurries_ends_at_the_foot_of_its_cosine():
    plan = training(learning_rate=0.002)
    assert schedule.end(plan, 8) == 11
    hurried, whole = rates(plan, hurried=8), rates(plan)
    assert len(hurried) == 11 * STEPS
    assert hurried[: 8 * STEPS] == pytest.approx(whole[: 8 * STEPS], rel=1e-4)
    assert hurried[-1] == pytest.approx(whole[-4], rel=0.02)
    assert np.all(np.diff(hurried[8 * STEPS :]) < 0)


def test_patience_counts_looks_since_the_best_and_only_in_the_last_stage():
    plan = training(frozen_epochs=3, patience=2, validate_every=2)
    assert not schedule.out_of_patience(plan, epoch=7, best=4)
    assert schedule.out_of_patience(plan, epoch=8, best=4)
    assert not schedule.out_of_patience(plan, epoch=6, best=1)
    assert not schedule.out_of_patience(training(patience=0), epoch=19, best=1)


def test_a_share_of_the_backbone_learns_from_its_top():
    model = network.build(config.Network(input_size=64), None)
    every = len(model.get_layer(network.BACKBONE).weights)
    network.unfreeze(model, 0.4)
    layers = [layer for layer in model.get_layer(network.BACKBONE).layers if layer.weights]
    learns = [layer.trainable for layer in layers]
    assert learns == sorted(learns)
    assert sum(learns) == round(0.4 * len(layers))
    assert len(model.get_layer(network.BACKBONE).weights) == every
