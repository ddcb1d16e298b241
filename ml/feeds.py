"""What a run learns from: pixels degraded afresh, or, where nothing before the head ever changes, stored features."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from ml import frozen, schedule
from ml.batches import DegradedBatches, FixedBatches, Part
from ml.config import Experiment
from ml.data import Record
from ml.progress import Tick
from ml.store import open_store

Records = list[Record]


@dataclass(frozen=True, slots=True)
class Feed:
    """What `fit` learns (the model, or its head alone) and `predict` judges with (the same of the model as saved).

    `epoch` and `validation` make the batches that they read; `validation` takes whether images are to be degraded.
    """

    learner: keras.Model
    judge: keras.Model
    epoch: Callable[[int], Any]
    validation: Callable[[bool], Any]


def open_feed(
    experiment: Experiment,
    models: tuple[keras.Model, keras.Model],
    sides: tuple[Records, Records],
    cache: Path,
    part: Part = (0, 1),
    tick: Callable[[str], Tick] = lambda what: lambda done, total: None,
) -> Feed:
    """The feed of an experiment.

    `models` are the one that learns and the one that is saved, `sides` the records to train on and of validation.

    Decoded pixels, or features, are kept in `cache`; `tick` makes the listener to the progress of what it names.
    """
    if features_will_do(experiment):
        return _features(experiment, models, sides, cache, part, tick)
    size = experiment.network.input_size
    stores = [open_store(side, size, cache, tick=tick("decoding")) for side in sides]
    return Feed(
        *models,
        lambda epoch: DegradedBatches(stores[0], sides[0], experiment, epoch, part),
        lambda degraded: FixedBatches(stores[1], experiment, degraded),
    )


def features_will_do(experiment: Experiment) -> bool:
    """Whether only the head ever learns and no degradation but the mirror touches an image.

    The backbone then says the same of an image in each epoch.
    """
    net, how = experiment.network, experiment.degradation
    backbone_rests = all(stage.share == 0 for stage in schedule.stages(experiment.training))
    touched = (how.jpeg, how.shrink, how.webp, how.tile, how.crop, how.blur, how.noise, how.light)
    return backbone_rests and not any(touched) and not net.residual_filters and not net.mask_filters


def _features(
    experiment: Experiment,
    models: tuple[keras.Model, keras.Model],
    sides: tuple[Records, Records],
    cache: Path,
    part: Part,
    tick: Callable[[str], Tick],
) -> Feed:
    stored = [frozen.open_features(models[1], side, experiment, cache, tick("features")) for side in sides]
    return Feed(
        frozen.head(models[0]),
        frozen.head(models[1]),
        lambda epoch: frozen.FeatureBatches(stored[0], sides[0], experiment, epoch, part),
        lambda mirrored: frozen.FixedFeatures(stored[1], mirrored),
    )
