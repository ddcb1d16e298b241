"""How a worker is told that there is work. The rows are the queue: a bell that nobody hears costs time, never work."""

import logging
from typing import Any

log = logging.getLogger(__name__)


def ring(task: Any, *arguments: Any, after: float = 0.0) -> None:
    """Send a message to a worker, to be heard in so many seconds.

    A broker that is down must not fail an act that is stored: the rounds ring again.
    """
    try:
        task.apply_async(arguments, countdown=after or None)
    except Exception:
        log.exception("doorbell: %s%r waits for the next round", task.name, arguments)
