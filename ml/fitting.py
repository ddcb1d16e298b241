"""One epoch of learning: what is compiled when a stage begins, the average of the weights, the figures learnt."""

from typing import Any

import keras
import numpy as np

from ml import checkpoint, network, schedule
from ml.config import Experiment, Training
from ml.progress import Progress
from ml.run import Run

_SHOWN = {"loss": "loss", "accuracy": "accuracy", "logits_accuracy": "accuracy", "mask_loss": "mask_loss"}


class Average(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """An exponential moving average of a model's weights: smoother than the last step, at no cost in service."""

    def __init__(self, averaged: keras.Model, momentum: float, start: checkpoint.Arrays) -> None:
        super().__init__()
        self.averaged, self.momentum, self.values = averaged, momentum, start

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.momentum:
            for value, weight in zip(self.values, self._weights(), strict=True):
                value *= self.momentum
                value += (1 - self.momentum) * weight

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self.momentum:
            self.values = self._weights()

    def _weights(self) -> checkpoint.Arrays:
        # On JAX a step's results lie outside the variables until Keras is asked for the fitted model.
        return self.averaged.get_weights() if self.model is not None else []


class Watched(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Tells the run's watcher of each step, counted over the whole run."""

    def __init__(self, run: Run, done: int, total: int) -> None:
        super().__init__()
        self.run, self.done, self.total = run, done, total

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.done += 1
        self.run.watcher.counted("training", self.done, self.total)


def fit_epoch(run: Run, state: checkpoint.State) -> dict[str, float]:
    """One epoch from `state` and into `state`; returns its figures."""
    epoch, batches = state.epoch, run.feed.epoch(state.epoch)
    prepare(run, state, len(batches))
    network.reseed(run.model, run.experiment.training.seed, epoch)
    average = Average(run.model, run.experiment.training.ema, state.average)
    shown = _shown(run, state, len(batches)) if run.cluster.chief else []
    figures = run.cluster.fit(run.feed.learner, batches, [average, *shown])
    state.epoch, state.weights, state.average = epoch + 1, run.model.get_weights(), average.values
    optimizer = run.feed.learner.optimizer
    state.optimizer = [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in optimizer.variables]
    learnt = {_SHOWN[name]: value for name, value in figures.items() if name in _SHOWN}
    return learnt | {"learning_rate": float(keras.ops.convert_to_numpy(optimizer.learning_rate))}


def _shown(run: Run, state: checkpoint.State, steps: int) -> list[keras.callbacks.Callback]:
    total = steps * schedule.end(run.experiment.training, state.hurried)
    return [Progress(f"epoch {state.epoch + 1}", steps), Watched(run, state.epoch * steps, total)]


def prepare(run: Run, state: checkpoint.State, steps: int) -> None:
    """Set weights, stage, optimiser and its state; compile only where a stage, a hurry or a run begins."""
    learner, training = run.feed.learner, run.experiment.training
    stage = schedule.stage_at(training, state.epoch)
    begins = stage.first == state.epoch
    if not begins and state.hurried != state.epoch and getattr(learner, "optimizer", None) is not None:
        return
    network.unfreeze(run.model, stage.share)
    run.model.set_weights(state.weights)
    with run.cluster.scope():
        _compile(run, schedule.Rate(training, steps, stage, state.hurried))
        learner.optimizer.build(learner.trainable_variables)
    if not begins:
        for variable, value in zip(learner.optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)


def _compile(run: Run, rate: schedule.Rate) -> None:
    run.feed.learner.compile(
        _optimizer(run.experiment.training, rate),
        loss=_losses(run.experiment),
        loss_weights=_loss_weights(run.experiment),
        metrics={network.LOGITS: "accuracy"},
        # On a processor XLA trains no faster than TensorFlow's own kernels and takes ten seconds to compile.
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )


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
