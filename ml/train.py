"""Training from top to bottom: data, network, stages, looks at validation, a checkpoint after each epoch."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from ml import checkpoint, config, data, events, history, looks, network, schedule
from ml.config import Experiment
from ml.distribute import Alone
from ml.feeds import open_feed
from ml.fitting import fit_epoch
from ml.plots import plot_history
from ml.progress import Tick, ticker
from ml.run import Log, Run, RunRefused, Watcher

Sides = tuple[list[data.Record], list[data.Record]]  # to train on, to validate with
CHECKPOINT, MODEL, HISTORY, EVENTS = "last.npz", "model.keras", "history.csv", "events"


def train(
    experiment: Experiment,
    manifest: Path,
    out: Path,
    *,
    weights: str | Path | None,
    cache: Path,
    resume: bool = False,
    tensorboard: bool = False,
    cluster: Alone | None = None,
    log: Log = print,
    watcher: Watcher | None = None,
    about: Mapping[str, Any] | None = None,
) -> Path:
    """Run an experiment into the folder `out`; returns the path of the finished `model.keras`.

    With `resume`, the run continues after its last whole epoch and draws the curve that it would have drawn. With
    `tensorboard`, the curve is written for TensorBoard as well, into `out/events`. `cluster` are the workers that
    share each batch; the chief among them writes. `watcher` follows the run and may end it; what `about` says of where
    the run comes from stands in `run.json`.

    Raises:
        RunRefused: `out` holds a run already, or one of another network; or there is too little to learn from.
        DistributionRefused: a batch cannot be shared equally, or a worker is gone.
    """
    if (out / CHECKPOINT).is_file() and not resume:
        raise RunRefused(f"{out} holds a run already: go on with --resume, or choose another folder.")
    out.mkdir(parents=True, exist_ok=True)
    cluster = cluster or Alone()
    with cluster.together():
        run, state = _begin(
            experiment, manifest, out, weights, cache, tensorboard, cluster, log, watcher or Watcher(), about or {}
        )
        while state.epoch < schedule.end(experiment.training, state.hurried):
            _run_epoch(run, state)
    if run.cluster.chief:
        _finish(run, state)
    return out / MODEL


def _begin(
    experiment: Experiment,
    manifest: Path,
    out: Path,
    weights: str | Path | None,
    cache: Path,
    tensorboard: bool,
    cluster: Alone,
    log: Log,
    watcher: Watcher,
    about: Mapping[str, Any],
) -> tuple[Run, checkpoint.State]:
    keras.utils.set_random_seed(experiment.training.seed)
    cluster.check(experiment.training.batch)
    sides = _sides(experiment, manifest, log)
    models = _start(experiment, weights, cluster, log)
    state = _first_state(out, models[0], sides, cluster, log)
    if cluster.chief:
        _describe(experiment, manifest, sides, out, state, about)
        feed = open_feed(experiment, models, sides, cache, cluster.part, _ticks(watcher))
    cluster.from_chief(lambda: [0.0], 1)  # what the chief has decoded need not be decoded again
    if not cluster.chief:
        feed = open_feed(experiment, models, sides, cache, cluster.part)
    return Run(experiment, *models, feed, sides[1], out, cluster, tensorboard, log, watcher), state


def _ticks(watcher: Watcher) -> Callable[[str], Tick]:
    """A bar for each thing that is counted, and the watcher beside it."""

    def listen(what: str) -> Tick:
        bar = ticker(what)

        def tick(done: int, total: int) -> None:
            bar(done, total)
            watcher.counted(what, done, total)

        return tick

    return listen


def _run_epoch(run: Run, state: checkpoint.State) -> None:
    """One epoch from `state` and into `state`, `last.npz` and a line of `history.csv`."""
    started, training = time.monotonic(), run.experiment.training
    learnt = fit_epoch(run, state)
    last, earlier = state.epoch >= schedule.end(training, state.hurried), state.kept
    figures = looks.look(run, state, last)
    if not last:
        _be_patient(run, state)
    if not run.cluster.chief:
        return
    row = {"epoch": state.epoch, **learnt, **figures, "seconds": round(time.monotonic() - started, 1)}
    history.add(run.out / HISTORY, row)
    checkpoint.save(run.out / CHECKPOINT, state)
    if state.kept is not earlier:
        looks.write_best(run.out, run.shape, state.kept)
    _show(run, state, row)
    run.watcher.epoch(row)


def _be_patient(run: Run, state: checkpoint.State) -> None:
    """Begin to hurry where the looks at validation have not improved for too long."""
    training, epoch = run.experiment.training, state.epoch
    if not state.hurried and schedule.out_of_patience(training, epoch, state.best_epoch):
        state.hurried = epoch
        run.log(f"No new best since epoch {state.best_epoch}: hurrying to epoch {schedule.end(training, epoch)}.")


def _show(run: Run, state: checkpoint.State, row: dict[str, Any]) -> None:
    """The curve as a plot, for TensorBoard where asked, and as one line."""
    plot_history(run.out / HISTORY, run.out / "history.png")
    told = {name: value for name, value in row.items() if value is not None}
    if run.tensorboard:
        events.add(run.out / EVENTS, state.epoch, {name: value for name, value in told.items() if name != "epoch"})
    left = row["seconds"] * (schedule.end(run.experiment.training, state.hurried) - state.epoch) / 60
    run.log(f"{' '.join(f'{name} {value:.4g}' for name, value in told.items())}, about {left:.0f} minutes left")


def _finish(run: Run, state: checkpoint.State) -> None:
    """Write the model that ships, and the best looks again: a kill may have come between them and the checkpoint."""
    looks.write_best(run.out, run.shape, state.kept)
    best = run.experiment.training.ship == "best" and state.kept
    looks.save(run.shape, state.kept[0].weights if best else state.average, run.out / MODEL)


def _sides(experiment: Experiment, manifest: Path, log: Log) -> Sides:
    training, validation = (data.select(manifest, experiment, side) for side in ("train", "validation"))
    validation = data.thinned(validation, experiment.training.validation_images)
    for name, records in (("train", training), ("validation", validation)):
        log(f"{name}: {len(records)} images")
    drawn = experiment.training.images_per_epoch or len(training)
    if not validation or min(drawn, len(training)) < 1 or drawn < experiment.training.batch:
        raise RunRefused("There is too little to learn from: one whole batch of training images and one to validate.")
    return training, validation


def _start(
    experiment: Experiment, weights: str | Path | None, cluster: Alone, log: Log
) -> tuple[keras.Model, keras.Model]:
    """The network before its first epoch, as it learns and as it is saved.

    `weights` may be an earlier run's `model.keras`, whose layers it takes over.
    """
    earlier = weights is not None and Path(weights).suffix == ".keras"
    shape = network.build(experiment.network, None if earlier else weights)
    if weights is not None and earlier:
        taken = network.transfer(shape, Path(weights))
        log(f"Starting from {Path(weights).parent.name}: {taken} layers taken over.")
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(experiment.training.precision)
    try:
        with cluster.scope():
            model = network.build(experiment.network, None)
    finally:
        keras.config.set_dtype_policy(usual)
    cluster.adapt(model)
    model.set_weights(shape.get_weights())
    return model, shape


def _first_state(out: Path, model: keras.Model, sides: Sides, cluster: Alone, log: Log) -> checkpoint.State:
    """The beginning, or where an interrupted run was; figures of other images than today's count no longer."""
    digest = data.digest(sides[0] + sides[1])
    if not (out / CHECKPOINT).is_file():
        start = model.get_weights()
        return checkpoint.State(0, start, [], [value.copy() for value in start], data=digest)
    state = checkpoint.load(out / CHECKPOINT)
    if [value.shape for value in state.weights] != [value.shape for value in model.get_weights()]:
        raise RunRefused(f"{out} holds a run of another network: choose another folder for this experiment.")
    log(f"Resuming after epoch {state.epoch}.")
    if (state.data or _described(out).get("data_sha256")) != digest:
        log("The images have changed since: what was best on the earlier ones counts no longer.")
        state.kept = []
    if state.data != digest:
        state.data = digest
        if cluster.chief:
            checkpoint.save(out / CHECKPOINT, state)
    return state


def _described(out: Path) -> dict[str, Any]:
    path = out / "run.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def _describe(
    experiment: Experiment, manifest: Path, sides: Sides, out: Path, state: checkpoint.State, about: Mapping[str, Any]
) -> None:
    """What this run is made of, for evaluation and card."""
    description = {
        "experiment": config.to_dict(experiment),
        "manifest": manifest.name,
        "data_sha256": state.data,
        "images": {"train": len(sides[0]), "validation": len(sides[1])},
        **about,
    }
    (out / "run.json").write_text(json.dumps(description, indent=1, ensure_ascii=False), "utf-8")
