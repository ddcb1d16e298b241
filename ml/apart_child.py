"""The loop of a child of `ml.apart`: it locks itself, and answers one file after the other until its input ends.

`python -m MODULE MEMORY` is started by `ml.apart`. What it says is believed by nobody.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from ml import locking, wire

Reply = tuple[wire.Head, bytes]

_MOST_BYTES = 1 << 40  # who asks is trusted, and has looked at the size


def serve(answer: Callable[[wire.Head, bytes], Reply], ready: Callable[[], None]) -> None:
    """Serve the parent until it closes the pipe. `ready` loads all that `answer` needs, while files can be opened."""
    given, taken = _pipes()
    ready()
    wire.send(taken, {"locks": locking.lock(int(sys.argv[1]))})
    with suppress(wire.Broken):  # the parent has gone
        while True:
            asked, data = wire.receive(given, _MOST_BYTES)
            locking.allow_seconds(asked["seconds"])
            wire.send(taken, *answer(asked, bytes(data)))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Of the two only this module knows: what a library prints must not stand among the answers."""
    taken = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb", buffering=0), taken
