"""One epoch of learning: what is compiled when a stage begins, the average of the weights, the figures learnt."""

from typing import Any

import keras
import numpy as np

from ml import checkpoint, network, schedule
from ml.config import Experiment, Training
from ml.feeds import Feed
from ml.progress import Progress

_SHOWN = {"loss": "loss", "accuracy": "accuracy", "logits_accuracy": "accuracy", "mask_loss": "mask_loss"}


class Average(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """An exponential moving average of a model's weights: smoother than the last step, at no cost in service."""

    def __init__(self, averaged: keras.Model, momentum: float, start: checkpoint.Arrays) -> None:
        super().__init__()
        self.averaged, self.momentum, self.values = averaged, momentum, start

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.momentum:
            for value, weight in zip(self.values, self.averaged.get_weights(), strict=True):
                value *= self.momentum
                value += (1 - self.momentum) * weight

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self.momentum:
            self.values = self.averaged.get_weights()


def fit_epoch(experiment: Experiment, model: keras.Model, feed: Feed, state: checkpoint.State) -> dict[str, float]:
    """One epoch from `state` and into `state`; returns its figures."""
    epoch, batches = state.epoch, feed.epoch(state.epoch)
    prepare(experiment, model, feed, state, len(batches))
    network.reseed(model, experiment.training.seed, epoch)
    average = Average(model, experiment.training.ema, state.average)
    callbacks = [average, Progress(f"epoch {epoch + 1}", len(batches))]
    # The draws are random already; a shuffle by Keras' own generator would not survive a resume.
    span = {"initial_epoch": epoch, "epochs": epoch + 1, "shuffle": False, "verbose": 0}
    figures = feed.learner.fit(batches, callbacks=callbacks, **span).history
    state.epoch, state.weights, state.average = epoch + 1, model.get_weights(), average.values
    state.optimizer = [np.asarray(keras.ops.convert_to_numpy(v)) for v in feed.learner.optimizer.variables]
    learnt = {_SHOWN[name]: float(values[0]) for name, values in figures.items() if name in _SHOWN}
    return learnt | {"learning_rate": float(keras.ops.convert_to_numpy(feed.learner.optimizer.learning_rate))}


def prepare(experiment: Experiment, model: keras.Model, feed: Feed, state: checkpoint.State, steps: int) -> None:
    """Set weights, stage, optimiser and its state; compile only where a stage, a hurry or a run begins."""
    stage = schedule.stage_at(experiment.training, state.epoch)
    begins = stage.first == state.epoch
    if not begins and state.hurried != state.epoch and getattr(feed.learner, "optimizer", None) is not None:
        return
    network.unfreeze(model, stage.share)
    model.set_weights(state.weights)
    rate = schedule.Rate(experiment.training, steps, stage, state.hurried)
    feed.learner.compile(
        _optimizer(experiment.training, rate),
        loss=_losses(experiment),
        loss_weights=_loss_weights(experiment),
        metrics={network.LOGITS: "accuracy"},
        # On a processor XLA trains no faster than TensorFlow's own kernels and takes ten seconds to compile.
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    feed.learner.optimizer.build(feed.learner.trainable_variables)
    if not begins:
        for variable, value in zip(feed.learner.optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)


def _losses(experiment: Experiment) -> dict[str, Any]:
    """One loss for each output that the network has."""
    smoothing = experiment.training.label_smoothing
    classes = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    return {network.LOGITS: classes} | ({network.MASK: network.mask_loss} if experiment.network.mask_filters else {})


def _loss_weights(experiment: Experiment) -> dict[str, float]:
    with_masks = experiment.network.mask_filters > 0
    return {network.LOGITS: 1.0} | ({network.MASK: experiment.training.mask_weight} if with_masks else {})


def _optimizer(training: Training, rate: schedule.Rate) -> keras.optimizers.Optimizer:
    """AdamW (Loshchilov and Hutter, 2019); without weight decay it is Adam."""
    return keras.optimizers.AdamW(rate, weight_decay=training.weight_decay, global_clipnorm=training.clip_norm or None)
