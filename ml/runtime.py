"""The exported network on LiteRT: 2 ms an image, 0.1 s to import, no TensorFlow."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter


class Output(NamedTuple):
    """`logits` of shape (classes,); `cam` of shape (rows, columns, classes), the head at each position.

    Without a hidden layer in the head the logits are the mean of `cam` over positions.

    `mask`, shape (rows, columns), are the log-odds that a place was altered; `features`, shape (n,), what the head
    reads. Models of before they were learned have neither.
    """

    logits: npt.NDArray[np.float32]
    cam: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32] | None = None
    features: npt.NDArray[np.float32] | None = None


class Runtime:
    """A model that several threads may run: an interpreter serves one at a time, so there are as many as run at once.

    The one used last is used next: its weights are still in the processor's cache.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._idle: list[tuple[Interpreter, Any]] = []

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> Output:
        """Run one image: uint8 of shape (size, size, 3)."""
        taken = self._take()
        try:
            outputs = taken[1](image=pixels[None].astype(np.float32))
            return Output(**{name: outputs[name][0].copy() for name in Output._fields if name in outputs})
        finally:
            self._idle.append(taken)

    def _take(self) -> tuple[Interpreter, Any]:
        """An idle interpreter and its runner, or new ones; `pop` is atomic, so no two threads get the same."""
        try:
            return self._idle.pop()
        except IndexError:
            interpreter = Interpreter(model_content=self._content, num_threads=1)
            return interpreter, interpreter.get_signature_runner()
