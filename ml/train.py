"""Training from top to bottom: data, network, two stages, an averaged copy, a checkpoint after each epoch."""

import csv
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ml import checkpoint, config, data, network
from ml.batches import DegradedBatches, FixedBatches
from ml.config import Experiment
from ml.metrics import mean_auc, softmax
from ml.plots import plot_history
from ml.store import PixelStore, open_store

Log = Callable[[str], None]
_SHOWN = {"loss": "loss", "accuracy": "accuracy", "logits_accuracy": "accuracy", "mask_loss": "mask_loss"}
CHECKPOINT, MODEL, HISTORY = "last.npz", "model.keras", "history.csv"


@dataclass(frozen=True, slots=True)
class Split:
    """The records of one side with their pixels."""

    records: list[data.Record]
    store: PixelStore


class Average(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """An exponential moving average of the weights: smoother than the last step, at no cost in service."""

    def __init__(self, momentum: float, start: checkpoint.Arrays) -> None:
        super().__init__()
        self.momentum, self.values = momentum, start

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        for value, weight in zip(self.values, self.model.get_weights(), strict=True):
            value *= self.momentum
            value += (1 - self.momentum) * weight


def train(
    experiment: Experiment,
    manifest: Path,
    out: Path,
    *,
    weights: str | Path | None,
    cache: Path,
    resume: bool = False,
    log: Log = print,
) -> Path:
    """Run an experiment into the folder `out`; returns the path of the finished `model.keras`.

    With `resume`, the run continues after its last whole epoch and draws the curve that it would have drawn.
    """
    out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(experiment.training.seed)
    training, validation = (_open_split(experiment, manifest, side, cache, log) for side in ("train", "validation"))
    _describe(experiment, manifest, training, validation, out)
    model = _start(experiment, weights, log)
    state = _first_state(model)
    if resume and (out / CHECKPOINT).is_file():
        state = checkpoint.load(out / CHECKPOINT)
        log(f"Resuming after epoch {state.epoch}.")
    for _ in range(state.epoch, experiment.training.epochs):
        _run_epoch(experiment, model, state, training, validation, out, log)
    model.set_weights(state.best_average)
    network.freeze_backbone(model, False)
    model.save(out / MODEL, include_optimizer=False)
    return out / MODEL


def _start(experiment: Experiment, weights: str | Path | None, log: Log) -> keras.Model:
    """The network before its first epoch; `weights` may be an earlier run's `model.keras`, whose layers it takes."""
    if weights is None or Path(weights).suffix != ".keras":
        return network.build(experiment.network, weights)
    model = network.build(experiment.network, None)
    log(f"Starting from {Path(weights).parent.name}: {network.transfer(model, Path(weights))} layers taken over.")
    return model


def _run_epoch(
    experiment: Experiment,
    model: keras.Model,
    state: checkpoint.State,
    training: Split,
    validation: Split,
    out: Path,
    log: Log,
) -> None:
    """One epoch from `state` and into `state`, `last.npz` and a line of `history.csv`."""
    started, epoch = time.monotonic(), state.epoch
    _prepare(experiment, model, state)
    network.reseed(model, experiment.training.seed, epoch)
    average = Average(experiment.training.ema, state.average)
    batches = DegradedBatches(training.store, training.records, experiment, epoch)
    span = {"initial_epoch": epoch, "epochs": epoch + 1}
    # The draws are random already; a shuffle by Keras' own generator would not survive a resume.
    history = model.fit(batches, shuffle=False, verbose=0, callbacks=[average], **span).history
    state.epoch, state.weights, state.average = epoch + 1, model.get_weights(), average.values
    state.optimizer = [np.asarray(keras.ops.convert_to_numpy(v)) for v in model.optimizer.variables]
    figures = _look_at_validation(experiment, model, state, validation)
    checkpoint.save(out / CHECKPOINT, state)
    learnt = {name: values[0] for name, values in history.items() if name in _SHOWN}
    row = {"epoch": state.epoch, **{_SHOWN[name]: value for name, value in learnt.items()}, **figures}
    _append(out / HISTORY, row | {"seconds": round(time.monotonic() - started, 1)})
    plot_history(out / HISTORY, out / "history.png")
    left = (time.monotonic() - started) * (experiment.training.epochs - state.epoch) / 60
    shown = " ".join(f"{key} {value:.4g}" for key, value in row.items() if value is not None)
    log(f"{shown}, about {left:.0f} minutes left")


def _prepare(experiment: Experiment, model: keras.Model, state: checkpoint.State) -> None:
    """Set weights, stage, optimiser and its state; compile only where a stage or a run begins."""
    epoch, frozen = state.epoch, experiment.training.frozen_epochs
    begins = epoch in (0, frozen)
    if not begins and getattr(model, "optimizer", None) is not None:
        return
    network.freeze_backbone(model, epoch < frozen)
    model.set_weights(state.weights)
    with_masks = experiment.network.mask_filters > 0
    model.compile(
        _optimizer(experiment, stage=0 if epoch < frozen else 1),
        loss=_losses(experiment),
        loss_weights={network.LOGITS: 1.0} | ({network.MASK: experiment.training.mask_weight} if with_masks else {}),
        metrics={network.LOGITS: "accuracy"},
        # On a processor XLA trains no faster than TensorFlow's own kernels and takes ten seconds to compile.
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    model.optimizer.build(model.trainable_variables)
    if not begins:
        for variable, value in zip(model.optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)


def _losses(experiment: Experiment) -> dict[str, Any]:
    """One loss for each output that the network has."""
    smoothing = experiment.training.label_smoothing
    classes = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    return {network.LOGITS: classes} | ({network.MASK: network.mask_loss} if experiment.network.mask_filters else {})


def _optimizer(experiment: Experiment, stage: int) -> keras.optimizers.Optimizer:
    """AdamW; constant while the backbone is frozen, then warm-up and cosine over the epochs that are left."""
    training = experiment.training
    steps = training.images_per_epoch // training.batch
    rate: Any = training.learning_rate
    if stage == 1:
        warmup = max(1, round(training.warmup_epochs * steps))
        total = (training.epochs - training.frozen_epochs) * steps
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, total - warmup), alpha=0.01, warmup_target=training.learning_rate, warmup_steps=warmup
        )
    return keras.optimizers.AdamW(rate, weight_decay=training.weight_decay, global_clipnorm=1.0)


def _look_at_validation(
    experiment: Experiment, model: keras.Model, state: checkpoint.State, validation: Split
) -> dict[str, float | None]:
    """Figures of the averaged weights, kept in `state` where they are the best so far; None between two looks."""
    last = state.epoch == experiment.training.epochs
    if state.epoch % experiment.training.validate_every and not last:
        return {"validation_auc": None, "validation_accuracy": None}
    figures = _validate(experiment, model, state.average, validation)
    if figures["validation_auc"] > state.best:
        state.best = figures["validation_auc"]
        state.best_average = [value.copy() for value in state.average]
    return dict(figures)


def _validate(
    experiment: Experiment, model: keras.Model, average: checkpoint.Arrays, validation: Split
) -> dict[str, float]:
    """Mean AUC and accuracy of the averaged weights over validation, as it is and degraded."""
    current = model.get_weights()
    model.set_weights(average)
    logits = np.concatenate(
        [
            model.predict(FixedBatches(validation.store, experiment, degraded), verbose=0)[network.LOGITS]
            for degraded in (False, True)
        ]
    )
    model.set_weights(current)
    fake = np.array([record.label != "authentic" for record in validation.records] * 2)
    sources = np.array([record.source for record in validation.records] * 2)
    score = 1 - softmax(logits)[:, 0]
    return {
        "validation_auc": mean_auc(fake, score, sources),
        "validation_accuracy": float(((score > 0.5) == fake).mean()),
    }


def _open_split(experiment: Experiment, manifest: Path, side: str, cache: Path, log: Log) -> Split:
    records = data.select(manifest, experiment, side)
    if side == "validation":
        records = data.thinned(records, experiment.training.validation_images)
    log(f"{side}: {len(records)} images")
    store = open_store(records, experiment.network.input_size, cache, tick=lambda done, total: None)
    return Split(records, store)


def _first_state(model: keras.Model) -> checkpoint.State:
    start = model.get_weights()
    return checkpoint.State(0, start, [], [w.copy() for w in start], -1.0, [w.copy() for w in start])


def _describe(experiment: Experiment, manifest: Path, training: Split, validation: Split, out: Path) -> None:
    """What this run is made of, for evaluation and card."""
    chosen = training.records + validation.records
    description = {
        "experiment": config.to_dict(experiment),
        "manifest": manifest.name,
        "data_sha256": data.digest(chosen),
        "images": {"train": len(training.records), "validation": len(validation.records)},
    }
    (out / "run.json").write_text(json.dumps(description, indent=1, ensure_ascii=False))


def _append(path: Path, row: dict[str, Any]) -> None:
    fresh = not path.is_file()
    with path.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        if fresh:
            writer.writeheader()
        writer.writerow(row)
