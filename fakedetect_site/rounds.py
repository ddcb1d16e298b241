"""What has to be seen to again and again: one list, walked by Celery's beat, by `manage.py sweep` and by the clock.

Each round is a service function without arguments. Two at once must do no harm, since nobody says who walks.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.module_loading import import_string

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """A name for the log, the function, and whether a thread of a web process may walk it beside the answers."""

    name: str
    function: str  # a dotted path: whoever only migrates need not load the decoders
    beside_answers: bool = True


ROUNDS = (
    Round("verdicts", "detector.analysis.sweep", beside_answers=False),  # the request itself makes them
    Round("verdicts that nobody is at", "detector.analysis.take_up"),
    Round("audit head", "accounts.audit_heads.sign_if_due"),
    Round("ledgers", "detector.examination.sweep", beside_answers=False),  # these have a thread of their own
    Round("reviews that are for good", "detector.review.settle"),
    Round("confirmed mistakes", "learning.mistakes.settle"),
    Round("training runs", "learning.runs.sweep"),
    Round("history scored again", "learning.rescoring.sweep"),
    Round("the candidate in the shadow", "learning.shadow.sweep"),
    Round("drift", "learning.drift.sweep"),
    Round("days of the dashboard", "overview.counting.sweep"),
    Round("claims set free", "desk.queue.free"),
    Round("batches", "detector.batches.sweep"),
    Round("files sent to the store", "detector.direct.sweep"),
    Round("files that nobody holds", "detector.tidying.sweep"),
    Round("requests that are not repeated any more", "detector.once.forget_old"),
    Round("counters of what was used", "accounts.counting.forget_old"),
    Round("letters", "notices.letters.sweep"),
    Round("retention", "privacy.purging.walk"),
    Round("erasures", "privacy.erasing.resume"),
    Round("deliveries", "notices.deliveries.sweep"),  # last: a receiver may take its time
)


def walk(*, beside_answers: bool = False) -> Iterator[str]:
    """Go through the rounds, one line each; what breaks in one keeps no other from its turn."""
    for one in ROUNDS:
        if beside_answers and not one.beside_answers:
            continue
        try:
            yield f"{one.name}: {import_string(one.function)()}"
        except Exception:
            log.exception("round: %s", one.name)
            yield f"{one.name}: broke, the log says why"
