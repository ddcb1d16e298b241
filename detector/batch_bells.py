"""Who takes the next step of a batch: a worker where there is a broker, otherwise a thread of this process.

The rows are the queue; a bell that nobody hears is rung again by the rounds. Whoever takes steps takes one of each
batch in turn, so that a large one keeps no small one waiting.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from detector import batch_steps
from detector.models import Batch, BatchState
from fakedetect_site import doorbell
from fakedetect_site.background import Background

_OVERDUE = timedelta(seconds=15)
_LONGEST = 30.0  # seconds that a message waits in a worker; after a longer pause the rounds ring


def ring(pk: Any) -> None:
    """Have the next step taken."""
    if settings.BATCHES == "swept":
        return
    if settings.ANALYZE_IN_REQUEST:
        thread.ask(0)
    else:
        _tell(pk, 0.0)


def ring_left() -> int:
    """Batches whose bell nobody heard, or whose worker died; how many."""
    left = list(_open().filter(next_at__lt=timezone.now() - _OVERDUE).values_list("pk", flat=True))
    if settings.BATCHES == "swept":
        walk()
    else:
        for pk in left:
            ring(pk)
    return len(left)


def once(pk: Any) -> None:
    """What a worker does: one step, then the next one is rung. Who comes too early is one too many, and goes home."""
    batch = batch_steps.take(pk)
    if batch is None:
        return
    batch_steps.act(batch)
    pause = batch_steps.pause_of(pk)
    if pause is not None and pause <= _LONGEST:
        _tell(pk, pause + 0.05)


def walk() -> None:
    """Steps of all that is due, in turn, until nothing is."""
    while pk := _open().filter(next_at__lte=timezone.now()).order_by("next_at").values_list("pk", flat=True).first():
        if batch := batch_steps.take(pk):
            batch_steps.act(batch)
        if thread.stopping:
            return


def _work(_: Any) -> None:
    """What a thread does: until every batch has ended, or the process does."""
    while True:
        walk()
        soonest = _open().order_by("next_at").values_list("next_at", flat=True).first()
        if soonest is None or thread.pause(min(max((soonest - timezone.now()).total_seconds(), 0.05), _LONGEST)):
            return


def _tell(pk: Any, after: float) -> None:
    from detector import tasks

    doorbell.ring(tasks.batch, str(pk), after=after)


def _open() -> Any:
    return Batch.objects.filter(state__in=(BatchState.QUEUED, BatchState.RUNNING))


thread = Background(_work)
