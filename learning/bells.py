"""Who takes the next step: a worker where there is a broker, otherwise a thread of this process.

The rows are the queue; a bell that nobody hears is rung again by the rounds.
"""

from typing import Any

from django.conf import settings

from fakedetect_site import doorbell
from fakedetect_site.background import Background
from learning import rescoring_steps, shadow
from learning.models import Rescoring

_LONGEST = 30.0  # seconds that a message waits in a worker; after a longer pause the rounds ring


def rescore(run: Rescoring, after: float = 0.0) -> None:
    """Have the next step of a run taken."""
    if settings.ANALYZE_IN_REQUEST:
        history_thread.ask(run.pk)
    else:
        _tell("rescore", str(run.pk), after)


def rescore_once(pk: Any) -> None:
    """What a worker does: one step, then the next one is rung. Who comes too early is one too many, and goes home."""
    run = rescoring_steps.take(pk)
    if run is None:
        return
    rescoring_steps.act(run)
    pause = rescoring_steps.pause_of(pk)
    if pause is not None and pause <= _LONGEST:
        _tell("rescore", str(pk), pause + 0.05)


def rescore_on(pk: Any) -> None:
    """What a thread does: step after step until the run ends or the process does."""
    while (pause := rescore_now(pk)) is not None:
        if history_thread.pause(pause):
            return


def rescore_now(pk: Any) -> float | None:
    """One step if it is time; seconds until the next one, None when there is none."""
    if run := rescoring_steps.take(pk):
        rescoring_steps.act(run)
    return rescoring_steps.pause_of(pk)


def look(score: int) -> None:
    """Have the candidate in the shadow look at what waits in this row."""
    if settings.ANALYZE_IN_REQUEST:
        shadow_thread.ask(score)
    else:
        _tell("shadow", score, 0.0)


def _tell(name: str, argument: Any, after: float) -> None:
    from learning import tasks

    doorbell.ring(getattr(tasks, name), argument, after=after)


history_thread = Background(rescore_on)
shadow_thread = Background(shadow.score)
