"""Looks at validation while a run goes on, and what the best of them leave behind."""

import json
from pathlib import Path

import keras
import numpy as np

from ml import network
from ml.checkpoint import AUC, Arrays, Kept, State
from ml.metrics import mean_auc, softmax
from ml.run import Run

ACCURACY = "validation_accuracy"


def look(run: Run, state: State, last: bool) -> dict[str, float | None]:
    """Figures of the averaged weights over validation, kept in `state` if among the best; None between two looks."""
    if state.epoch % run.experiment.training.validate_every and not last:
        return {AUC: None, ACCURACY: None}
    found = run.cluster.from_chief(lambda: _figures(run, state), 2)
    figures = dict(zip((AUC, ACCURACY), found, strict=True))
    state.keep(figures, run.experiment.training.keep_best)
    return dict(figures)


def write_best(run: Path, shape: keras.Model, kept: list[Kept]) -> None:
    """Write `best-1.keras` and so on, and their figures into `run.json`; removes what is no longer among them.

    The checkpoint holds the weights, so a kill in between costs nothing: the next time all are written again.
    """
    for old in run.glob("best-*.keras"):
        old.unlink()
    described = json.loads((run / "run.json").read_text("utf-8"))
    described["best"] = []
    for rank, one in enumerate(kept, start=1):
        save(shape, one.weights, run / f"best-{rank}.keras")
        described["best"].append({"file": f"best-{rank}.keras", "epoch": one.epoch, **one.figures})
    beside = run / "run.partial"
    beside.write_text(json.dumps(described, indent=1, ensure_ascii=False), "utf-8")
    beside.replace(run / "run.json")


def save(shape: keras.Model, weights: Arrays, path: Path) -> None:
    """A model of this shape with these weights, as a file that holds no optimiser."""
    shape.set_weights(weights)
    beside = path.with_name(f"partial-{path.name}")
    shape.save(beside, include_optimizer=False)
    beside.replace(path)


def _figures(run: Run, state: State) -> tuple[float, float]:
    """Mean AUC and accuracy of the averaged weights, over the images as they are and degraded."""
    run.shape.set_weights(state.average)
    judge, batches = run.feed.judge, run.feed.validation
    both = [judge.predict(batches(degraded), verbose=0)[network.LOGITS] for degraded in (False, True)]
    fake = np.array([record.label != "authentic" for record in run.validation] * 2)
    sources = np.array([record.source for record in run.validation] * 2)
    score = 1 - softmax(np.concatenate(both))[:, 0]
    return mean_auc(fake, score, sources), float(((score > 0.5) == fake).mean())
