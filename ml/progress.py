"""Progress with the time left, on a terminal; elsewhere nothing, so that a log keeps one line an epoch."""

import sys
from collections.abc import Callable
from typing import Any

import keras
from tqdm import tqdm

Tick = Callable[[int, int], None]  # how many are done, of how many


def ticker(what: str) -> Tick:
    """A listener to a count that draws a bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    bar: Any = tqdm(desc=what, leave=False)

    def tick(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return tick


class Progress(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """The steps of one epoch, with the loss so far."""

    def __init__(self, what: str, steps: int) -> None:
        super().__init__()
        self.what, self.steps = what, steps
        self.bar: Any = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.bar = tqdm(desc=self.what, total=self.steps, leave=False, disable=None, unit="step")

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.bar.update()
        if logs and not self.bar.disable:
            self.bar.set_postfix(loss=f"{float(logs['loss']):.3g}", refresh=False)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.bar.close()
