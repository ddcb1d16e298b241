"""The job: claim, run, finish, fail, sweep. Every step is one conditional update, so that exactly one worker does it.

Nothing is lost: a rung bell that nobody hears is rung again by `sweep`, and a worker that dies leaves a lease that
expires. Nothing is scored twice for one upload and model: only who holds the current attempt may finish it.
"""

import logging
from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector import examination, ledger_rows, models_in_use, originals, pictures
from detector.leases import Lease, Swept
from detector.limits import limits
from detector.models import Analysis, Finding, State
from detector.processor import turn
from ml import serve
from ml.serve import InvalidImage, Picture, Score

log = logging.getLogger(__name__)

_lease = Lease("state", "attempts", "lease_until")

_GAVE_UP = "The analysis was started {attempts} times and never ended. The file may crash the decoder."
_BROKE = "Something broke on our side while this image was analysed. It can be analysed again."


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
        rows = ledger_rows.kept(analysis, score.findings)
    except InvalidImage as error:
        fail(analysis, code=error.code, detail=error.detail)
    except Exception:  # whatever breaks, the row must end in an answer
        log.exception("analysis %s", analysis.pk)
        fail(analysis, code="analysis_failed", detail=_BROKE)
    else:
        if not finish(analysis, score=score, rows=rows):
            pictures.forget_if_gone(analysis.upload_id)


def queued(pk: int) -> Analysis | None:
    """The row with all that scoring needs; None when it is gone or nobody waits for it any more."""
    rows = Analysis.objects.select_related("upload__original", "model").defer("model__card")
    return rows.filter(pk=pk, state=State.QUEUED).first()


def claim(analysis: Analysis) -> bool:
    """Take a queued row; False when it is not queued any more, or was since this copy of it was read."""
    return _lease.claim(analysis)


@transaction.atomic
def finish(analysis: Analysis, *, score: Score, rows: Sequence[Finding]) -> bool:
    """Write the verdict; False when the lease was lost to another attempt meanwhile, whose verdict then counts.

    `rows` are its findings (`ledger_rows.kept`). The deep signals are rung once the verdict is committed.
    """
    verdict = serve.fuse(score.own, score.findings, score.model.card)
    ledger = {"own": score.own, "ledger_state": examination.first_state()}
    if not _end(analysis, State.DONE, **verdict, **ledger, heatmap=score.heatmap):
        return False
    Finding.objects.bulk_create(rows)
    details = {"label": verdict["label"], "model": score.model.version, "sha256": score.model.sha256}
    audit.record(SYSTEM, "verdict", target=f"upload:{analysis.upload_id}", details=details)
    examination.ring_later(analysis)
    return True


@transaction.atomic
def fail(analysis: Analysis, *, code: str, detail: str) -> bool:
    """End without a verdict, with a sentence that a person can read."""
    if not _end(analysis, State.FAILED, error_code=code, error_detail=detail, ledger_state=State.FAILED):
        return False
    audit.record(SYSTEM, "analysis.failed", target=f"upload:{analysis.upload_id}", details={"code": code})
    return True


def _end(analysis: Analysis, state: State, **values: object) -> bool:
    """Only the attempt that holds the lease may."""
    return _lease.end(analysis, state, finished_at=timezone.now(), **values)


def retry(actor: Actor, *, analysis: Analysis) -> bool:
    """Queue a failed analysis again, with fresh attempts; False when it is not failed."""
    with transaction.atomic():
        failed = Analysis.objects.filter(pk=analysis.pk, state=State.FAILED)
        afresh = {"error_code": "", "error_detail": "", "finished_at": None, "ledger_state": State.QUEUED}
        if not failed.update(state=State.QUEUED, attempts=0, **afresh):
            return False
        audit.record(actor, "analysis.retried", target=f"upload:{analysis.upload_id}")
        if row := queued(analysis.pk):
            ring_later(row)
    return True


def sweep() -> Swept:
    """Re-open expired leases, give up after the last attempt, ring queued rows again. Two at once do no harm."""
    failed = sum(_give_up(row) for row in _lease.worn_out())
    reopened = _lease.reopen()
    waiting = Analysis.objects.filter(state=State.QUEUED).order_by("created_at").values_list("pk", flat=True)
    rung = sum(_ring_again(pk) for pk in list(waiting))
    return Swept(rung=rung, reopened=reopened, failed=failed)


def _ring_again(pk: int) -> bool:
    row = queued(pk)  # read now: another sweep may have been faster
    if row:
        ring(row)
    return row is not None


def _give_up(analysis: Analysis) -> bool:
    detail = _GAVE_UP.format(attempts=analysis.attempts)
    return fail(analysis, code="gave_up", detail=detail)
