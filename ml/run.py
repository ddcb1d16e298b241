"""What stays the same from epoch to epoch of one training run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from ml.config import Experiment
from ml.data import Record
from ml.distribute import Alone
from ml.feeds import Feed

Log = Callable[[str], None]


class Watcher:
    """Somebody who follows a run: each method may raise to end it. This one does nothing."""

    def counted(self, what: str, done: int, total: int) -> None:
        """So much of `what` is done: "decoding", "features", or the steps of the whole "training"."""

    def epoch(self, row: Mapping[str, Any]) -> None:
        """An epoch is over; its line of the curve. The checkpoint holds it already."""


class RunRefused(ValueError):
    """This run cannot begin or go on: one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """`model` learns, perhaps in half precision and on several devices; `shape` is the same as it is saved.

    `validation` are the records that the feed validates with, `out` the run's folder.
    """

    experiment: Experiment
    model: keras.Model
    shape: keras.Model
    feed: Feed
    validation: list[Record]
    out: Path
    cluster: Alone
    tensorboard: bool
    log: Log
    watcher: Watcher = field(default_factory=Watcher)
