"""Requests that wait for something: bounded in number, so that those who do not wait find a thread.

A web process answers with a few threads. Each request that waits holds one; so only some may, and the others are told
at once to ask again.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from detector.models import State, Upload

LONGEST = 30  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_guard = threading.Lock()
_held = 0


@contextmanager
def seat() -> Iterator[bool]:
    """Whether this request may wait: False where so many do already."""
    granted = _sit()
    try:
        yield granted
    finally:
        if granted:
            _rise()


def answered(upload: Upload, seconds: float) -> bool:
    """Wait until the analysis has ended, at most so long; whether it has."""
    with seat() as granted:
        return _until(lambda: _has_ended(upload), seconds if granted else 0.0)


def _until(over: Callable[[], bool], seconds: float) -> bool:
    end, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while not over():
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    return True


def _has_ended(upload: Upload) -> bool:
    return Upload.objects.filter(pk=upload.pk, shown_state__in=(State.DONE, State.FAILED)).exists()


def _sit() -> bool:
    global _held
    with _guard:
        if _held >= settings.HELD_REQUESTS:
            return False
        _held += 1
        return True


def _rise() -> None:
    global _held
    with _guard:
        _held -= 1
