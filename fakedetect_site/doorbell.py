"""How a worker is told that there is work. The rows are the queue: a bell that nobody hears costs time, never work."""

import logging
from typing import Any

from django.conf import settings

from fakedetect_site.celery import app

log = logging.getLogger(__name__)


def ring(task: Any, *arguments: Any, after: float = 0.0) -> None:
    """Send a message to a worker, to be heard in so many seconds.

    A broker that is down must not fail an act that is stored: the rounds ring again.
    """
    try:
        task.apply_async(arguments, countdown=after or None)
    except Exception:
        log.exception("doorbell: %s%r waits for the next round", task.name, arguments)


def may_be_lost(rows: int, queue: str) -> bool:
    """Whether fewer messages wait at the broker than rows do: only then does a round ring for all of them again.

    Else a queue that takes an hour would be rung for sixty times, and the broker would hold each row's bell as often.
    """
    return not settings.CELERY_BROKER_URL or _waiting(queue) < rows


def _waiting(queue: str) -> int:
    """Messages of a queue; none where the broker is away or does not know of the queue."""
    try:
        with app.connection_for_read(connect_timeout=2) as connection:
            connection.connect()
            return int(connection.channel().queue_declare(queue, passive=True).message_count)
    except Exception:
        return 0
