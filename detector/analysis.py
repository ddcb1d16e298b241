"""The job: claim, run, finish, fail, sweep. Every step is one conditional update, so that exactly one worker does it.

Nothing is lost: a rung bell that nobody hears is rung again by `sweep`, and a worker that dies leaves a lease that
expires. Nothing is scored twice for one upload and model: only who holds the current attempt may finish it.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector import examination, happenings, ledger_rows, models_in_use, originals, pictures
from detector.leases import Lease, Swept
from detector.limits import limits
from detector.models import Analysis, Finding, State
from detector.processor import turn
from detector.sentences import parts_of
from fakedetect_site import doorbell
from ml import serve
from ml.serve import InvalidImage, Picture, Score, Sentence, say

log = logging.getLogger(__name__)

_lease = Lease("state", "attempts", "lease_until")

_REQUESTS_OWN = timedelta(minutes=1)
_BROKE = say("Something broke on our side while this image was analysed. It can be analysed again.")


def ring_later(analysis: Analysis, picture: Picture | None = None) -> None:
    """Announce the work once the row is committed: run it here and now, or tell a worker."""
    transaction.on_commit(partial(ring, analysis, picture))


def ring_in_turn(analysis: Analysis) -> None:
    """Tell a worker once the row is committed; without workers the next round finds it: this request does not wait."""
    if not settings.ANALYZE_IN_REQUEST:
        ring_later(analysis)


def ring(analysis: Analysis, picture: Picture | None = None) -> None:
    if settings.ANALYZE_IN_REQUEST:
        run(analysis, picture)
        return
    from detector.tasks import analyze

    doorbell.ring(analyze, analysis.pk)


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
            pictures.forget_unheld(analysis.upload_id)


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
    ledger["parts"] = parts_of(verdict["reasons"], score.own)
    if not _end(analysis, State.DONE, **verdict, **ledger, heatmap=score.heatmap):
        return False
    Finding.objects.bulk_create(rows)
    if analysis.is_first:
        happenings.verdict_given.send(Analysis, analysis=analysis)
    # Late, since the head of the history is held from here to the commit, and all workers wait for it.
    _record(SYSTEM, analysis, "verdict", {"label": verdict["label"], "sha256": score.model.sha256})
    examination.await_or_settle(analysis)
    return True


@transaction.atomic
def fail(analysis: Analysis, *, code: str, detail: Sentence) -> bool:
    """End without a verdict, with a sentence that a person can read."""
    told = {"error_code": code, "error_detail": str(detail), "parts": parts_of(detail)}
    if not _end(analysis, State.FAILED, **told, ledger_state=State.FAILED):
        return False
    _record(SYSTEM, analysis, "analysis.failed", {"code": code})
    pictures.forget_unheld_later(analysis.upload_id)
    if analysis.is_first:
        happenings.analysis_failed.send(Analysis, analysis=analysis)
    return True


def _end(analysis: Analysis, state: State, **values: object) -> bool:
    """Only the attempt that holds the lease may."""
    return _lease.end(analysis, state, finished_at=timezone.now(), **values)


def retry(actor: Actor, *, analysis: Analysis, at_once: bool = True) -> bool:
    """Queue a failed analysis again, with fresh attempts; False when it is not failed. One of many waits its turn."""
    with transaction.atomic():
        failed = Analysis.objects.filter(pk=analysis.pk, state=State.FAILED)
        afresh = {"error_code": "", "error_detail": "", "finished_at": None, "ledger_state": State.QUEUED}
        if not failed.update(state=State.QUEUED, attempts=0, **afresh):
            return False
        _record(actor, analysis, "analysis.retried", {})
        if row := queued(analysis.pk):
            (ring_later if at_once else ring_in_turn)(row)
    return True


def _record(actor: Actor, analysis: Analysis, action: str, details: dict[str, str]) -> None:
    target, model = f"upload:{analysis.upload_id}", analysis.model.version
    audit.record(actor, action, target=target, details=details, model=model)


def sweep() -> Swept:
    """Re-open expired leases, give up after the last attempt, ring queued rows again where bells may be lost.

    Two at once do no harm.
    """
    failed = sum(_give_up(row) for row in _lease.worn_out())
    reopened = _lease.reopen()
    waiting = list(Analysis.objects.filter(state=State.QUEUED).order_by("created_at").values_list("pk", flat=True))
    rung = sum(_ring_again(pk) for pk in waiting) if doorbell.may_be_lost(len(waiting), "celery") else 0
    return Swept(rung=rung, reopened=reopened, failed=failed)


def take_up() -> str:
    """The round beside the answers of a site without workers: what an act on many queued, or a process left that died.

    What was queued this moment is the request's own.
    """
    if not settings.ANALYZE_IN_REQUEST:
        return "workers are told"
    _lease.reopen()
    waiting = Analysis.objects.filter(state=State.QUEUED, created_at__lt=timezone.now() - _REQUESTS_OWN)
    taken = sum(_ring_again(pk) for pk in list(waiting.order_by("created_at").values_list("pk", flat=True)))
    return f"{taken} taken up"


def _ring_again(pk: int) -> bool:
    row = queued(pk)  # read now: another sweep may have been faster
    if row:
        ring(row)
    return row is not None


def _give_up(analysis: Analysis) -> bool:
    detail = say(
        "The analysis was started {attempts} times and never ended. The file may crash the decoder.",
        attempts=analysis.attempts,
    )
    return fail(analysis, code="gave_up", detail=detail)
