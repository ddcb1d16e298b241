"""The job: claim, run, finish, fail, sweep. Every step is one conditional update, so that exactly one worker does it.

Nothing is lost: a rung bell that nobody hears is rung again by `sweep`, and a worker that dies leaves a lease that
expires. Nothing is scored twice for one upload and model: only who holds the current attempt may finish it.
"""

import logging
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
from ml.serve import InvalidImage, Score

log = logging.getLogger(__name__)

_GAVE_UP = "The analysis was started {attempts} times and never ended. The file may crash the decoder."
_BROKE = "Something broke on our side while this image was analysed. It can be analysed again."


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: how many rows it rang again, re-opened and gave up."""

    rung: int
    reopened: int
    failed: int


def ring_later(analysis: Analysis) -> None:
    """Announce the work once the row is committed: run it here and now, or tell a worker."""
    transaction.on_commit(partial(ring, analysis.pk))


def ring(pk: int) -> None:
    if settings.ANALYZE_IN_REQUEST:
        run(pk)
        return
    from detector.tasks import analyze

    try:
        analyze.delay(pk)
    except Exception:  # a broker that is down must not fail an upload that is stored; sweep rings again
        log.exception("doorbell: analysis %s waits for the next sweep", pk)


def run(pk: int) -> None:
    """Claim one analysis, score it, write the verdict down. Does nothing when another worker was first."""
    analysis = claim(pk)
    if analysis is None:
        return
    try:
        data = originals.read(analysis.upload.original)
        score = models_in_use.scorer_of(analysis.model).score(data, limits())
    except InvalidImage as error:
        fail(analysis, code=error.code, detail=error.detail)
    except Exception:  # whatever breaks, the row must end in an answer
        log.exception("analysis %s", pk)
        fail(analysis, code="analysis_failed", detail=_BROKE)
    else:
        finish(analysis, score=score)


def claim(pk: int) -> Analysis | None:
    """Take a queued row; None when it is not queued any more."""
    lease = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    queued = Analysis.objects.filter(pk=pk, state=State.QUEUED)
    if queued.update(state=State.RUNNING, lease_until=lease, attempts=F("attempts") + 1) != 1:
        return None
    return Analysis.objects.select_related("upload__original", "model").filter(pk=pk).first()


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
    mine = Analysis.objects.filter(pk=analysis.pk, state=State.RUNNING, attempts=analysis.attempts)
    return mine.update(state=state, finished_at=timezone.now(), lease_until=None, **values) == 1


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
        ring_later(analysis)
    return True


def sweep() -> Swept:
    """Re-open expired leases, give up after the last attempt, ring queued rows again. Two at once do no harm."""
    expired = Analysis.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now())
    worn_out = [row for row in expired.filter(attempts__gte=settings.MAX_ATTEMPTS) if _give_up(row)]
    reopened = expired.filter(attempts__lt=settings.MAX_ATTEMPTS).update(state=State.QUEUED, lease_until=None)
    waiting = list(Analysis.objects.filter(state=State.QUEUED).order_by("created_at").values_list("pk", flat=True))
    for pk in waiting:
        ring(pk)
    return Swept(rung=len(waiting), reopened=reopened, failed=len(worn_out))


def _give_up(analysis: Analysis) -> bool:
    detail = _GAVE_UP.format(attempts=analysis.attempts)
    return fail(analysis, code="gave_up", detail=detail)
