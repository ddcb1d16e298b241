"""The deep signals of the ledger: claim, run, finish, fail, sweep, once the verdict is there (analysis.py).

They take longer than a person waits for an answer. With a broker a worker runs them; without one a thread of this
process does, after the response. The row is the queue here too: what a dead process leaves is taken up by `sweep`, by
the next examination, or when somebody looks at it.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector import happenings, ledger_rows, models_in_use, originals, pictures
from detector.leases import Lease, Swept
from detector.limits import limits
from detector.models import Analysis, Finding, State
from detector.processor import turn
from detector.sentences import parts_of, restored
from fakedetect_site import doorbell
from fakedetect_site.background import Background
from ml import serve
from ml.serve import InvalidImage, Sentence, say

log = logging.getLogger(__name__)

SIGNAL = "ledger"  # the row that says why there are no others
_lease = Lease("ledger_state", "ledger_attempts", "ledger_lease_until")
_FORGOTTEN = timedelta(seconds=10)  # a row that waits longer may have been left by a process that is gone

_BROKE = say("The deeper checks broke on our side. The verdict stands without them.")


class _LaidDown(Exception):
    """The process ends, or another attempt has the row."""


def first_state() -> State:
    """Where the ledger of a new verdict stands: waiting, or complete where the site runs no deep signals."""
    return State.DONE if settings.LEDGER == "off" else State.QUEUED


def await_or_settle(analysis: Analysis) -> None:
    """Announce the work once the verdict is committed; where no deep signals run, the verdict is settled."""
    if analysis.ledger_state == State.QUEUED:
        ring_later(analysis)
    else:
        _settled(analysis)


def ring_later(analysis: Analysis) -> None:
    transaction.on_commit(partial(ring, analysis))


def ring(analysis: Analysis) -> None:
    if settings.LEDGER == "inline":
        run(analysis)
    elif settings.ANALYZE_IN_REQUEST:
        background.ask(analysis.pk)
    else:
        _tell_a_worker(analysis.pk)


def _tell_a_worker(pk: int) -> None:
    from detector.tasks import examine

    doorbell.ring(examine, pk)


def run(analysis: Analysis) -> None:
    """Claim one ledger, ask the deep signals, write down what they found. Does nothing when another was first."""
    if not claim(analysis):
        return
    try:
        findings = list(_found(analysis))
        verdict = _fused(analysis, findings)
        rows = ledger_rows.kept(analysis, findings, start=analysis.findings.count())
    except _LaidDown:
        _lease.end(analysis, State.QUEUED)
    except InvalidImage as error:  # the limits were lowered since it was taken in
        fail(analysis, code=error.code, detail=_refused(error))
    except Exception:  # whatever breaks, the row must end in an answer
        log.exception("ledger of analysis %s", analysis.pk)
        fail(analysis, code="ledger_failed", detail=_BROKE)
    else:
        if not finish(analysis, rows=rows, verdict=verdict):
            pictures.forget_unheld(analysis.upload_id)


def _found(analysis: Analysis) -> Iterator[serve.Finding]:
    """Signal by signal; before each, verdicts that are waited for have their turn at the processor."""
    scorer = models_in_use.scorer_of(analysis.model)
    found = scorer.examine(originals.read(analysis.upload.original), limits())
    while True:
        with turn:
            pass
        if background.stopping or not _lease.renew(analysis):
            raise _LaidDown
        if (finding := next(found, None)) is None:
            return
        yield finding


def _fused(analysis: Analysis, deep: Sequence[serve.Finding]) -> Mapping[str, Any]:
    """The verdict in the light of all evidence. Here, and nowhere else, the deep signals may change it."""
    quick = [ledger_rows.finding(row) for row in analysis.findings.all()]
    own = restored(analysis.own, analysis.parts)
    return serve.fuse(own, serve.together(quick, deep), models_in_use.card_of(analysis.model))


def _refused(error: InvalidImage) -> Sentence:
    return say("The deeper checks could not read the file: {detail}", detail=error.detail)


def queued(pk: int) -> Analysis | None:
    """The row with all that the signals need; None when it is gone or nobody waits for it any more."""
    rows = Analysis.objects.select_related("upload__original", "model").defer("model__card")
    return rows.filter(pk=pk, state=State.DONE, ledger_state=State.QUEUED).first()


def claim(analysis: Analysis) -> bool:
    """Take a row whose verdict is there; False when it is not queued any more, or was since this copy was read."""
    return _lease.claim(analysis, state=State.DONE)


@transaction.atomic
def finish(analysis: Analysis, *, rows: Sequence[Finding], verdict: Mapping[str, Any]) -> bool:
    """Add the rows and write the verdict anew; False when the lease was lost, or the upload deleted, meanwhile."""
    before = analysis.label
    revised = {name: verdict[name] for name in ("label", "fake_probability", "probabilities", "reasons")}
    parts = parts_of(verdict["reasons"], restored(analysis.own, analysis.parts))
    if not _lease.end(analysis, State.DONE, **revised, parts=parts):
        return False
    analysis.findings.filter(signal__in={row.signal for row in rows}).delete()  # a deep signal looked again
    Finding.objects.bulk_create(rows)
    details: dict[str, Any] = {"stances": Counter(row.stance for row in rows)}
    if analysis.label != before:
        details |= {"from": before, "to": analysis.label}
    _record(SYSTEM, analysis, "ledger" if analysis.label == before else "verdict.revised", details)
    if analysis.label != before and analysis.is_first:
        happenings.verdict_revised.send(Analysis, analysis=analysis, before=before)
    _settled(analysis)
    return True


@transaction.atomic
def fail(analysis: Analysis, *, code: str, detail: Sentence) -> bool:
    """End without the deep signals: the verdict stands, and a row of the ledger says why nothing follows it."""
    if not _lease.end(analysis, State.FAILED):
        return False
    reason = serve.Finding(SIGNAL, "not_run", detail, {"code": code})
    Finding.objects.bulk_create(ledger_rows.kept(analysis, [reason], start=analysis.findings.count()))
    _record(SYSTEM, analysis, "ledger.failed", {"code": code})
    pictures.forget_unheld_later(analysis.upload_id)
    _settled(analysis)
    return True


def _settled(analysis: Analysis) -> None:
    if analysis.is_first:
        happenings.verdict_settled.send(Analysis, analysis=analysis)


def retry(actor: Actor, *, analysis: Analysis) -> bool:
    """Queue a failed ledger again, with fresh attempts; False when it is not failed or there is no verdict."""
    with transaction.atomic():
        failed = Analysis.objects.filter(pk=analysis.pk, state=State.DONE, ledger_state=State.FAILED)
        if not failed.update(ledger_state=State.QUEUED, ledger_attempts=0):
            return False
        analysis.findings.filter(signal=SIGNAL).delete()
        _record(actor, analysis, "ledger.retried", {})
        if row := queued(analysis.pk):
            ring_later(row)
    return True


def _record(actor: Actor, analysis: Analysis, action: str, details: dict[str, Any]) -> None:
    target, model = f"upload:{analysis.upload_id}", analysis.model.version
    audit.record(actor, action, target=target, details=details, model=model)


def sweep() -> Swept:
    """Re-open expired leases, give up after the last attempt, and have waiting rows examined: by a worker, or now."""
    failed, reopened = _take_back()
    waiting = list(_waiting().order_by("finished_at").values_list("pk", flat=True))
    act = _run_queued if settings.ANALYZE_IN_REQUEST else _tell_a_worker
    rung = [act(pk) for pk in waiting] if doorbell.may_be_lost(len(waiting), "later") else []
    return Swept(rung=len(rung), reopened=reopened, failed=failed)


def nudge(analysis: Analysis) -> None:
    """Somebody looks at this verdict: where no worker sweeps, see that its ledger is not forgotten."""
    if settings.ANALYZE_IN_REQUEST and _forgotten(analysis):
        background.ask(analysis.pk)


def _forgotten(analysis: Analysis) -> bool:
    if analysis.ledger_state == State.RUNNING and analysis.ledger_lease_until:
        return analysis.ledger_lease_until < timezone.now()
    waits = analysis.state == State.DONE and analysis.ledger_state == State.QUEUED
    return waits and analysis.finished_at is not None and analysis.finished_at < timezone.now() - _FORGOTTEN


def _take_back() -> tuple[int, int]:
    """What dead workers held: how many rows were given up, how many are open again."""
    failed = sum(_give_up(row) for row in _lease.worn_out())
    return failed, _lease.reopen()


def _give_up(analysis: Analysis) -> bool:
    detail = say(
        "The deeper checks were started {attempts} times and never ended. The verdict stands without them.",
        attempts=analysis.ledger_attempts,
    )
    return fail(analysis, code="gave_up", detail=detail)


def _waiting() -> Any:
    return Analysis.objects.filter(state=State.DONE, ledger_state=State.QUEUED)


def _run_queued(pk: int) -> None:
    if row := queued(pk):
        run(row)


def _asked(pk: int) -> None:
    """One bell of this process; then a row that another process left, whose own bell nobody hears any more."""
    _take_back()
    _run_queued(pk)
    left = _waiting().filter(finished_at__lt=timezone.now() - _FORGOTTEN).order_by("finished_at").first()
    if left and not background.stopping:
        background.ask(left.pk)


background = Background(_asked)
