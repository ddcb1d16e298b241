"""What learns in which epoch and how fast: stages from the head downwards, one cosine, and how a run ends early.

The rate is constant while the head alone learns; from there on it warms up and follows one half cosine (Loshchilov
and Hutter, 2017) to the last epoch. A later stage warms up once more under the same cosine, because the optimiser
knows nothing yet of the layers that join. A run that has stopped improving is not cut off, which would leave it at a
high rate: the rest of its cosine is walked through in a quarter of the epochs.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras

from ml.config import Training

_LOWEST = 0.01  # of the rate, at the end of the cosine
_HURRY = 4


@dataclass(frozen=True, slots=True)
class Stage:
    """The epochs from `first` up to, not including, `end`; `share` of the backbone learns, counted from its top."""

    share: float
    first: int
    end: int


def stages(training: Training) -> list[Stage]:
    """The stages of a run, in order and without empty ones; in what the plan leaves over, everything learns."""
    found, first = [], 0
    for share, epochs in (*(training.stages or ((0.0, training.frozen_epochs),)), (1.0, training.epochs)):
        end = min(first + epochs, training.epochs)
        if end > first:
            found.append(Stage(share, first, end))
        first = end
    return found


def stage_at(training: Training, epoch: int) -> Stage:
    """The stage that an epoch, counted from 0, belongs to."""
    return next(stage for stage in reversed(stages(training)) if stage.first <= epoch)


def end(training: Training, hurried: int) -> int:
    """The number of epochs of a run that began to hurry after epoch `hurried`; 0: it never did."""
    return hurried + math.ceil((training.epochs - hurried) / _HURRY) if hurried else training.epochs


def out_of_patience(training: Training, epoch: int, best: int) -> bool:
    """Whether, after `epoch`, the looks since the best one are more than patience allows; the last stage counts."""
    since = epoch - max(best, stages(training)[-1].first)
    return 0 < training.patience <= since // training.validate_every


class Rate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # keras has no types
    """The learning rate at the steps of one stage, counted from its begin."""

    def __init__(self, training: Training, steps: int, stage: Stage, hurried: int = 0) -> None:
        """`steps` of an epoch; `hurried` as in `end`."""
        self.training, self.steps, self.stage, self.hurried = training, steps, stage, hurried
        self.warmup = max(1, round(training.warmup_epochs * steps)) / steps
        self.head_alone = max((one.end for one in stages(training) if one.share == 0), default=0)

    def __call__(self, step: Any) -> Any:
        """The rate at a step, a tensor or a number."""
        position = self._position(self.stage.first + keras.ops.cast(step, "float32") / self.steps)
        if self.stage.share == 0:
            return self.training.learning_rate * keras.ops.ones_like(position)
        rate = self.training.learning_rate * self._cosine(position - self.head_alone)
        return rate * keras.ops.minimum(1.0, (position - self.stage.first) / self.warmup)

    def get_config(self) -> dict[str, Any]:
        """What Keras asks of a schedule; no optimiser is ever saved with a model here."""
        return {"steps": self.steps, "hurried": self.hurried}

    def _position(self, epoch: Any) -> Any:
        """Where in the plan, in epochs, a run is after so many epochs."""
        if not self.hurried:
            return epoch
        stretch = (self.training.epochs - self.hurried) / (end(self.training, self.hurried) - self.hurried)
        return epoch + keras.ops.maximum(epoch - self.hurried, 0.0) * (stretch - 1)

    def _cosine(self, position: Any) -> Any:
        """1 at the end of the warm-up, `_LOWEST` at the end of the run."""
        length = max(1 / self.steps, self.training.epochs - self.head_alone - self.warmup)
        done = keras.ops.clip((position - self.warmup) / length, 0.0, 1.0)
        return _LOWEST + (1 - _LOWEST) * 0.5 * (1 + keras.ops.cos(math.pi * done))
