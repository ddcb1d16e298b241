"""One thread of the process for what may follow the answer, where no worker does it.

It is started at its first use, hence after a server has forked, and dies with the process: what it does must lie in
the data base, where another process finds it.
"""

import atexit
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from django.db import connections

log = logging.getLogger(__name__)

_BREATH = 0.2  # seconds: the answer that asked for the work goes out first
_PATIENCE = 5.0  # seconds that a process which ends waits for the work to be laid down


class Background:
    """A line of keys and the thread that goes through it, one at a time."""

    def __init__(self, act: Callable[[Any], None]) -> None:
        self._act = act
        self._line: SimpleQueue[Any] = SimpleQueue()
        self._waiting: set[Any] = set()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def ask(self, key: Any) -> None:
        """Have this key worked on; one that waits already waits on."""
        with self._guard:
            if key not in self._waiting:
                self._waiting.add(key)
                self._line.put(key)
            self._start()

    @property
    def stopping(self) -> bool:
        """The process ends: lay the work down."""
        return self._stop.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait, as work that has a pace does; whether the process ends meanwhile."""
        return self._stop.wait(seconds)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():  # in a child of a fork it is not
            self._thread = threading.Thread(target=self._work, name="background", daemon=True)
            self._thread.start()
            atexit.register(self.end)

    def _work(self) -> None:
        while True:
            key = self._line.get()
            if self._stop.wait(_BREATH):
                return
            with self._guard:
                self._waiting.discard(key)
            self._one(key)

    def _one(self, key: Any) -> None:
        try:
            self._act(key)
        except Exception:  # the next one must have its turn
            log.exception("background: %s", key)
        finally:
            connections.close_all()

    def end(self) -> None:
        """Have the work under way laid down; what waits in line waits in the data base."""
        self._stop.set()
        self._line.put(None)  # wakes a thread that has nothing to do
        if self._thread:
            self._thread.join(_PATIENCE)
