"""The job: claim, run, finish, fail, sweep. Every step is one conditional update, so that exactly one worker does it.

Nothing is lost: a rung bell that nobody hears is rung again by `sweep`, and a worker that dies leaves a lease that
expires. Nothing is scored twice for one upload and model: only who holds the current attempt may finish it.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector import models_in_use, originals
from detector.limits import limits
from detector.models import Analysis, Finding, State
from ml.serve import InvalidImage, Picture, Score

log = logging.getLogger(__name__)

# Threads of one process wait for clients, storage and data base side by side, but take turns at what only the processor
# does: so the processes share a load evenly. More processors are used by more processes.
turn = threading.BoundedSemaphore(1)

_GAVE_UP = "The analysis was started {attempts} times and never ended. The file may crash the decoder."
_BROKE = "Something broke on our side while this image was analysed. It can be analysed again."


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: how many rows it rang again, re-opened and gave up."""

    rung: int
    reopened: int
    failed: int


def ring_later(analysis: Analysis, picture: Picture | None = None) -> None:
    """Announce the work once the row is committed: run it here and now, or tell a worker."""
    transaction.on_commit(partial(ring, analysis, picture))


def ring(analysis: Analysis, picture: Picture | None = None) -> None:
    if settings.ANALYZE_IN_REQUEST:
        run(analysis, picture)
        return
    from detector.tasks import analyze

    try:
        analyze.delay(analysis.pk)
    except Exception:  # a broker that is down must not fail an upload that is stored; sweep rings again
        log.exception("doorbell: analysis %s waits for the next sweep", analysis.pk)


def run(analysis: Analysis, picture: Picture | None = None) -> None:
    """Claim one analysis, score it, write the verdict down. Does nothing when another worker was first.

    `picture` saves the second decode where the same process has just made the first.
    """
    if not claim(analysis):
        return
    try:
        scorer = models_in_use.scorer_of(analysis.model)
        picture = picture or scorer.open(originals.read(analysis.upload.original), limits())
        with turn:
            score = scorer.judge(picture)
    except InvalidImage as error:
        fail(analysis, code=error.code, detail=error.detail)
    except Exception:  # whatever breaks, the row must end in an answer
        log.exception("analysis %s", analysis.pk)
        fail(analysis, code="analysis_failed", detail=_BROKE)
    else:
        finish(analysis, score=score)


def queued(pk: int) -> Analysis | None:
    """The row with all that scoring needs; None when it is gone or nobody waits for it any more."""
    rows = Analysis.objects.select_related("upload__original", "model").defer("model__card")
    return rows.filter(pk=pk, state=State.QUEUED).first()


def claim(analysis: Analysis) -> bool:
    """Take a queued row; False when it is not queued any more, or was since this copy of it was read."""
    lease = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    mine = Analysis.objects.filter(pk=analysis.pk, state=State.QUEUED, attempts=analysis.attempts)
    if mine.update(state=State.RUNNING, lease_until=lease, attempts=F("attempts") + 1) != 1:
        return False
    analysis.state, analysis.lease_until, analysis.attempts = State.RUNNING, lease, analysis.attempts + 1
    return True


@transaction.atomic
def finish(analysis: Analysis, *, score: Score) -> bool:
    """Write the verdict; False when the lease was lost to another attempt meanwhile, whose verdict then counts."""
    verdict = {
        "label": score.label,
        "fake_probability": score.fake_probability,
        "probabilities": score.probabilities,
        "reasons": list(score.reasons),
        "heatmap": score.heatmap,
    }
    if not _end(analysis, State.DONE, **verdict):
        return False
    Finding.objects.bulk_create(_rows(analysis, score))
    details = {"label": score.label, "model": score.model.version, "sha256": score.model.sha256}
    audit.record(SYSTEM, "verdict", target=f"upload:{analysis.upload_id}", details=details)
    return True


@transaction.atomic
def fail(analysis: Analysis, *, code: str, detail: str) -> bool:
    """End without a verdict, with a sentence that a person can read."""
    if not _end(analysis, State.FAILED, error_code=code, error_detail=detail):
        return False
    audit.record(SYSTEM, "analysis.failed", target=f"upload:{analysis.upload_id}", details={"code": code})
    return True


def _end(analysis: Analysis, state: State, **values: object) -> bool:
    """The one way out of RUNNING, open only to the attempt that holds the lease."""
    values |= {"state": state, "finished_at": timezone.now(), "lease_until": None}
    mine = Analysis.objects.filter(pk=analysis.pk, state=State.RUNNING, attempts=analysis.attempts)
    if mine.update(**values) != 1:
        return False
    for name, value in values.items():  # whoever holds this copy of the row may report it at once
        setattr(analysis, name, value)
    return True


def _rows(analysis: Analysis, score: Score) -> list[Finding]:
    return [
        Finding(
            analysis=analysis,
            position=position,
            signal=finding.signal,
            stance=finding.stance,
            summary=finding.summary,
            details=dict(finding.details),
        )
        for position, finding in enumerate(score.findings)
    ]


def retry(actor: Actor, *, analysis: Analysis) -> bool:
    """Queue a failed analysis again, with fresh attempts; False when it is not failed."""
    with transaction.atomic():
        failed = Analysis.objects.filter(pk=analysis.pk, state=State.FAILED)
        if not failed.update(state=State.QUEUED, attempts=0, error_code="", error_detail="", finished_at=None):
            return False
        audit.record(actor, "analysis.retried", target=f"upload:{analysis.upload_id}")
        if row := queued(analysis.pk):
            ring_later(row)
    return True


def sweep() -> Swept:
    """Re-open expired leases, give up after the last attempt, ring queued rows again. Two at once do no harm."""
    expired = Analysis.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now())
    worn_out = [row for row in expired.filter(attempts__gte=settings.MAX_ATTEMPTS) if _give_up(row)]
    reopened = expired.filter(attempts__lt=settings.MAX_ATTEMPTS).update(state=State.QUEUED, lease_until=None)
    waiting = Analysis.objects.filter(state=State.QUEUED).order_by("created_at").values_list("pk", flat=True)
    rung = sum(_ring_again(pk) for pk in list(waiting))
    return Swept(rung=rung, reopened=reopened, failed=len(worn_out))


def _ring_again(pk: int) -> bool:
    row = queued(pk)  # read now: another sweep may have been faster
    if row:
        ring(row)
    return row is not None


def _give_up(analysis: Analysis) -> bool:
    detail = _GAVE_UP.format(attempts=analysis.attempts)
    return fail(analysis, code="gave_up", detail=detail)
