"""The whole state of a training run in one file, written beside and renamed: a kill loses at most one epoch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]


@dataclass(slots=True)
class State:
    """After `epoch` epochs: the model's weights, the optimiser's variables, the averaged weights, the best figure."""

    epoch: int
    weights: Arrays
    optimizer: Arrays
    average: Arrays
    best: float
    best_average: Arrays


_LISTS = ("weights", "optimizer", "average", "best_average")


def save(path: Path, state: State) -> None:
    """Write atomically."""
    arrays = {f"{name}/{i:04d}": a for name in _LISTS for i, a in enumerate(getattr(state, name))}
    beside = path.with_suffix(".partial.npz")
    np.savez(beside, allow_pickle=False, epoch=state.epoch, best=state.best, **arrays)
    beside.replace(path)


def load(path: Path) -> State:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        lists = {name: [stored[key] for key in sorted(stored.files) if key.startswith(f"{name}/")] for name in _LISTS}
        return State(epoch=int(stored["epoch"]), best=float(stored["best"]), **lists)
