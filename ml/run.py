"""What stays the same from epoch to epoch of one training run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras

from ml.config import Experiment
from ml.data import Record
from ml.distribute import Alone
from ml.feeds import Feed

Log = Callable[[str], None]


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
