"""The whole state of a training run in one file, written beside and renamed: a kill loses at most one epoch."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]
AUC = "validation_auc"


@dataclass(slots=True)
class Kept:
    """The averaged weights after one of the best epochs, and what validation said of them."""

    epoch: int
    figures: dict[str, float]
    weights: Arrays


@dataclass(slots=True)
class State:
    """After `epoch` epochs: the model's weights, the optimiser's variables, the averaged weights, the best looks.

    `kept` begins with the best; `data` is the digest of the images that its figures were measured with, "" in a file
    that does not say; `hurried` as in `schedule.end`.
    """

    epoch: int
    weights: Arrays
    optimizer: Arrays
    average: Arrays
    kept: list[Kept] = field(default_factory=list)
    data: str = ""
    hurried: int = 0

    @property
    def best_epoch(self) -> int:
        """The epoch of the best look; 0 if there was none."""
        return self.kept[0].epoch if self.kept else 0

    def keep(self, figures: dict[str, float], at_most: int) -> None:
        """Keep the averaged weights if these figures are among the best; `kept` is a new list then."""
        new = Kept(self.epoch, figures, [value.copy() for value in self.average])
        ranked = sorted([*self.kept, new], key=lambda one: -np.nan_to_num(one.figures[AUC], nan=-1.0))  # ties: earlier
        if any(one is new for one in ranked[:at_most]):
            self.kept = ranked[:at_most]


_LISTS = ("weights", "optimizer", "average")


def save(path: Path, state: State) -> None:
    """Write atomically."""
    lists = {name: getattr(state, name) for name in _LISTS}
    lists |= {f"kept{rank}": one.weights for rank, one in enumerate(state.kept)}
    arrays = {f"{name}/{i:04d}": array for name, values in lists.items() for i, array in enumerate(values)}
    told = {"epoch": state.epoch, "data": state.data, "hurried": state.hurried}
    told["kept"] = [{"epoch": one.epoch, "figures": one.figures} for one in state.kept]
    beside = path.with_suffix(".partial.npz")
    np.savez(beside, allow_pickle=False, told=json.dumps(told), **arrays)
    beside.replace(path)


def load(path: Path) -> State:
    """Read what `save` wrote, or its forerunner of one best and no digest."""
    with np.load(path, allow_pickle=False) as stored:
        weights, optimizer, average = (_arrays(stored, name) for name in _LISTS)
        if "told" not in stored.files:
            epoch, best = int(stored["epoch"]), float(stored["best"])
            kept = [Kept(epoch, {AUC: best}, _arrays(stored, "best_average"))] if best >= 0 else []
            return State(epoch, weights, optimizer, average, kept)
        told = json.loads(str(stored["told"]))
        kept = [Kept(one["epoch"], one["figures"], _arrays(stored, f"kept{i}")) for i, one in enumerate(told["kept"])]
        return State(told["epoch"], weights, optimizer, average, kept, told["data"], told["hurried"])


def _arrays(stored: Any, name: str) -> Arrays:
    return [stored[key] for key in sorted(stored.files) if key.startswith(f"{name}/")]
