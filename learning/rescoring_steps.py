"""The step of a run through history, which a worker, a thread or the shell takes again and again.

It settles one upload through the same queue as every other: it makes the analysis, runs it, hears its deep signals and
moves the cursor in one transaction with what it found. Whoever is killed leaves a lease that ends; the next step takes
up the very upload that was under way. People go first: while anybody waits for a verdict no step begins.
"""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.audit import SYSTEM
from detector import analysis, examination, models_in_use, originals
from detector.errors import NoModel
from detector.models import Analysis, ModelVersion, State, Upload
from learning import changed_verdicts, history
from learning.models import Rescoring, RescoringState

log = logging.getLogger(__name__)

_WAITED_FOR = timedelta(minutes=1)  # a row that is older is nobody's who sits before a page
_PEOPLE, _ELSEWHERE, _TROUBLE = 1.0, 2.0, 300.0  # seconds until the next try
_ANOTHER_SERVES = gettext_noop("Another model came into service, so this run was ended.")
_BROKE = gettext_noop("A step broke on our side; the log says why. It is tried again.")


def take(pk: Any) -> Rescoring | None:
    """The right to take one step, which ends by itself; None when it is not time, or somebody else has it."""
    now = timezone.now()
    free = Rescoring.objects.filter(pk=pk, finished_at=None, next_at__lte=now)
    if free.update(next_at=now + _lease()) != 1:
        return None
    Rescoring.objects.filter(pk=pk, state=RescoringState.QUEUED).update(state=RescoringState.RUNNING, begun_at=now)
    return Rescoring.objects.select_related("model", "current__original").get(pk=pk)


def act(run: Rescoring) -> None:
    """Take the step. Whatever breaks, the run goes on later."""
    try:
        _act(run)
    except Exception:
        log.exception("rescoring %s", run.pk)
        _postpone(run, _TROUBLE, _BROKE)


def pause_of(pk: Any) -> float | None:
    """Seconds until the next step is due; None when there is none."""
    due = Rescoring.objects.filter(pk=pk, finished_at=None).values_list("next_at", flat=True).first()
    return max(0.0, (due - timezone.now()).total_seconds()) if due else None


def _act(run: Rescoring) -> None:
    if run.is_open and not run.model.is_current:
        return _overtaken(run)
    if run.is_open and (fault := _fault(run.model)):
        return _postpone(run, _TROUBLE, fault)
    if run.is_open and run.total is None:
        return _count(run)
    if _somebody_waits(run):
        return _postpone(run, _PEOPLE)
    # What is under way is brought to its end, in a cancelled run too: its verdict may be shown already.
    upload = run.current or (history.next_of(run) if run.is_open else None)
    return _score(run, upload) if upload else _wind_up(run)


def _fault(model: ModelVersion) -> str:
    """Why the model cannot score: else each upload of the history would fail by itself."""
    try:
        models_in_use.scorer_of(model)
    except NoModel as error:
        return str(error)
    return ""


def _somebody_waits(run: Rescoring) -> bool:
    since = timezone.now() - _WAITED_FOR
    waiting = Analysis.objects.filter(state__in=(State.QUEUED, State.RUNNING), created_at__gt=since)
    return waiting.exclude(upload_id=run.current_id).exists() if run.current_id else waiting.exists()


def _count(run: Rescoring) -> None:
    _mine(run).update(total=history.of(run).count(), next_at=timezone.now())


def _overtaken(run: Rescoring) -> None:
    with transaction.atomic():
        still = _mine(run).filter(state=RescoringState.RUNNING)
        if still.update(state=RescoringState.CANCELLED, trouble=_ANOTHER_SERVES, next_at=timezone.now()):
            audit.record(SYSTEM, "rescoring.cancelled", target=f"rescoring:{run.pk}", details={"why": "overtaken"})


def _score(run: Rescoring, upload: Upload) -> None:
    pk = _begin(run, upload)
    if pk is None:
        return _postpone(run, 0.0)
    if row := analysis.queued(pk):
        analysis.run(row)
    if row := examination.queued(pk):
        examination.run(row)
    row = Analysis.objects.filter(pk=pk).first()
    if row is None or _under_way(row):  # deleted meanwhile, or another worker is at it
        _take_back(row)
        return _postpone(run, _ELSEWHERE if row else 0.0)
    return _settle(run, upload, row)


@transaction.atomic
def _begin(run: Rescoring, upload: Upload) -> int | None:
    """Write down what is under way, and its place in the queue; None where the lease is lost or the upload gone."""
    originals.lock(upload.original_id)  # a deletion waits until the row is made, or has gone before
    if not Upload.objects.filter(pk=upload.pk).exists() or not _mine(run).update(current=upload):
        return None
    row, made = Analysis.objects.get_or_create(upload=upload, model=run.model)
    if not made and row.state == State.FAILED and row.finished_at and row.finished_at < run.created_at:
        analysis.retry(SYSTEM, analysis=row)  # it failed before this run: perhaps the fault is gone
    return row.pk


def _under_way(row: Analysis) -> bool:
    waits = (State.QUEUED, State.RUNNING)
    return row.state in waits or (row.state == State.DONE and row.ledger_state in waits)


def _take_back(row: Analysis | None) -> None:
    """Where a dead worker has it, do what `sweep` does: on a site without a broker nobody else may."""
    now = timezone.now()
    if row and row.lease_until and row.lease_until < now:
        analysis.sweep()
    elif row and row.ledger_lease_until and row.ledger_lease_until < now:
        examination.sweep()


@transaction.atomic
def _settle(run: Rescoring, upload: Upload, row: Analysis) -> None:
    """Move the cursor and write down what changed: both, or neither. Only who holds the step may."""
    originals.lock(upload.original_id)
    if not Upload.objects.filter(pk=upload.pk).exists():
        return _postpone(run, 0.0)
    before = history.shown_before(row)
    done = row.state == State.DONE
    differs = bool(done and before and before.label != row.label)
    pace = timedelta(seconds=60 / run.per_minute)
    moved = (
        _mine(run)
        .filter(current=upload)
        .update(
            current=None,
            cursor_at=upload.created_at,
            cursor_id=upload.pk,
            scored=F("scored") + int(done),
            failed=F("failed") + int(not done),
            changed=F("changed") + int(differs),
            trouble="",
            next_at=max(timezone.now(), run.next_at - _lease() + pace),
        )
    )
    if not moved:
        return None
    if done and row.created_at < run.created_at:
        history.show_again(row)
    if differs and before:
        changed_verdicts.note(run, before=before, after=row)
    return None


def _wind_up(run: Rescoring) -> None:
    """Nothing is left to score: tell the owners, some at a time; then it is finished."""
    if changed_verdicts.tell_some(run):
        return _postpone(run, 0.0)
    return _finish(run)


@transaction.atomic
def _finish(run: Rescoring) -> None:
    _mine(run).filter(state=RescoringState.RUNNING).update(state=RescoringState.DONE)
    if _mine(run).filter(finished_at=None).update(finished_at=timezone.now()):
        ended = Rescoring.objects.get(pk=run.pk)
        details = {"state": ended.state, "scored": ended.scored, "failed": ended.failed, "changed": ended.changed}
        version = run.model.version
        audit.record(SYSTEM, "rescoring.finished", target=f"rescoring:{run.pk}", details=details, model=version)


def _postpone(run: Rescoring, seconds: float, trouble: str = "") -> None:
    _mine(run).update(next_at=timezone.now() + timedelta(seconds=seconds), trouble=trouble or F("trouble"))


def _mine(run: Rescoring) -> "QuerySet[Rescoring]":
    """The row, as long as this step has not lost it: nobody else writes the moment that its lease ends."""
    return Rescoring.objects.filter(pk=run.pk, next_at=run.next_at)


def _lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)
