"""A thread of each web process that walks the rounds once a minute, where no broker's beat does it.

Without it a site of one process would need a cron job before anybody is told of a review.
"""

import random
import threading

from django.conf import settings
from django.db import connections

from fakedetect_site import rounds

_MINUTE = 60.0


def start() -> None:
    """Start the clock of this process, unless a worker's beat walks the rounds."""
    if settings.ANALYZE_IN_REQUEST:
        threading.Thread(target=_run, args=(threading.Event(),), name="clock", daemon=True).start()


def _run(stop: threading.Event, minute: float = _MINUTE) -> None:
    # Never twice the same length, so that processes started together do not walk in step.
    while not stop.wait(minute * random.uniform(0.75, 1.25)):  # noqa: S311
        for _ in rounds.walk(beside_answers=True):
            pass
        connections.close_all()
