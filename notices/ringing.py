"""Who carries letters and deliveries out: a worker where there is a broker, otherwise a thread of this process.

The rows are the queue, as everywhere: a bell that nobody hears costs a minute, until the rounds are walked.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import models, transaction

from fakedetect_site import doorbell
from fakedetect_site.background import Background

Row = TypeVar("Row", bound=models.Model)
Rows = models.QuerySet[Row]


def mail_later() -> None:
    """After the transaction: letters are due."""
    transaction.on_commit(partial(_ring, "letters"))


def deliver_later() -> None:
    """After the transaction: deliveries are due."""
    transaction.on_commit(partial(_ring, "deliveries"))


def _ring(what: str) -> None:
    if settings.NOTICES == "swept":
        return
    if settings.CELERY_BROKER_URL:
        _tell_a_worker(what)
    else:
        _lines[what].ask(1)


def walked(what: str, act: Callable[[], int]) -> str:
    """What a round does: have a worker carry out what is due, or do it here, before the round ends."""
    if settings.CELERY_BROKER_URL:
        _tell_a_worker(what)
        return "rung"
    return f"{act()} went out"


def _tell_a_worker(what: str) -> None:
    from notices import tasks

    doorbell.ring(getattr(tasks, what))


def _letters(_: int) -> None:
    from notices import letters

    letters.post_due()


def _deliveries(_: int) -> None:
    from notices import deliveries

    deliveries.attempt_due(go_on=lambda: not _lines["deliveries"].stopping)


# One line each: a receiver that stalls shall not keep the letters waiting.
_lines: dict[str, Background] = {"letters": Background(_letters), "deliveries": Background(_deliveries)}
