"""The step of a batch: one file becomes an upload, behind everybody who waits for a verdict.

Whoever takes a step holds the batch until `next_at`; whoever dies leaves an item under way, and the next step takes up
that very item. An item is handed in and marked so in one transaction: never twice, never lost.
"""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts import audit, errors
from accounts.audit import SYSTEM, Actor
from detector import analysis, batches, examination, intake
from detector.errors import UNREADY, NoModel
from detector.models import Analysis, Batch, BatchItem, BatchState, ItemState, State, Upload
from detector.particulars import Particulars

log = logging.getLogger(__name__)

_WAITED_FOR = timedelta(minutes=1)  # a row that is older is nobody's who sits before a page
_PEOPLE, _TROUBLE = 0.5, 60.0  # seconds until the next try
_OPEN = (BatchState.QUEUED, BatchState.RUNNING)
_LONGEST_WAIT = 3_600.0  # for the owner's share of uploads; then it is looked at again, since limits can be changed
_GAVE_UP = "This file was begun {attempts} times and never ended. It may crash the decoder."


def take(pk: Any) -> Batch | None:
    """The right to take one step, which ends by itself; None when it is not time, or somebody else has it."""
    now = timezone.now()
    due = Batch.objects.filter(pk=pk, state__in=_OPEN, next_at__lte=now)
    if due.update(next_at=now + _lease(), state=BatchState.RUNNING) != 1:
        return None
    held: Batch = Batch.objects.select_related("owner", "token", "case").get(pk=pk)
    return held


def act(batch: Batch) -> None:
    """Take the step. Whatever breaks, the batch goes on later."""
    try:
        _act(batch)
    except NoModel:
        _postpone(batch, _TROUBLE)
    except Exception:
        log.exception("batch %s", batch.pk)
        _postpone(batch, _TROUBLE)


def pause_of(pk: Any) -> float | None:
    """Seconds until the next step is due; None when there is none."""
    due = Batch.objects.filter(pk=pk, state__in=_OPEN).values_list("next_at", flat=True).first()
    return max(0.0, (due - timezone.now()).total_seconds()) if due else None


def _act(batch: Batch) -> None:
    if not batch.owner.is_active:
        batches.cancel(SYSTEM, batch=batch)
    elif _somebody_waits():
        _postpone(batch, _PEOPLE)
    elif item := _next(batch):
        _postpone(batch, _hand_in(batch, item))
    else:
        _finish(batch)


def _somebody_waits() -> bool:
    since = timezone.now() - _WAITED_FOR
    waiting = Analysis.objects.filter(state__in=(State.QUEUED, State.RUNNING), created_at__gt=since)
    return waiting.filter(upload__batch_items=None).exists()


def _next(batch: Batch) -> BatchItem | None:
    """What a dead process left under way; otherwise the next in line."""
    rows = batch.items.select_related("upload")
    return rows.filter(state=ItemState.RUNNING).first() or rows.filter(state=ItemState.QUEUED).first()


def _hand_in(batch: Batch, item: BatchItem) -> float:
    """Seconds until the next step."""
    if item.state == ItemState.RUNNING and not item.staged:
        return _analyse(item)
    if item.attempts >= settings.MAX_ATTEMPTS:
        return _fail(item, "gave_up", _GAVE_UP.format(attempts=item.attempts))
    item.attempts += 1
    begun = BatchItem.objects.filter(pk=item.pk, state__in=(ItemState.QUEUED, ItemState.RUNNING))
    if not begun.update(state=ItemState.RUNNING, attempts=item.attempts):
        return 0.0  # cancelled this moment
    try:
        _submit(batch, item)
    except (errors.Refused, PermissionDenied) as error:
        if pause := getattr(error, "retry_after", None):
            return _put_back(item, pause)
        return _fail(item, getattr(error, "code", "forbidden"), str(error))
    except (NoModel, *UNREADY):  # no fault of the file, which waits until somebody mended the site
        log.exception("batch %s", batch.pk)
        return _put_back(item, _TROUBLE)
    except FileNotFoundError:
        return _fail(item, "gone", "Its bytes are gone from the storage.")
    return _analyse(item)


def _submit(batch: Batch, item: BatchItem) -> None:
    with default_storage.open(item.staged) as stream:
        data = stream.read()
    external_id, tags = batch.external_id, tuple(batch.tags)
    told = Particulars(external_id, tags, batch.case, settle=partial(_settle, item, item.staged))
    actor = Actor(user=batch.owner, token=batch.token)
    intake.submit(actor, owner=batch.owner, name=item.name, data=data, told=told, ring=False)


def _settle(item: BatchItem, staged: str, upload: Upload) -> None:
    """In the transaction that makes the upload: from now on the item is never handed in again."""
    item.upload, item.staged = upload, ""
    BatchItem.objects.filter(pk=item.pk).update(upload=upload, staged="")
    transaction.on_commit(partial(default_storage.delete, staged))


@transaction.atomic
def _put_back(item: BatchItem, seconds: float) -> float:
    """Its owner's share of uploads is used up for now: the file is as good as it was, and waits."""
    batch = Batch.objects.select_for_update().get(pk=item.batch_id)
    mine = BatchItem.objects.filter(pk=item.pk, state=ItemState.RUNNING)
    if batch.state in _OPEN:
        mine.update(state=ItemState.QUEUED, attempts=item.attempts - 1)
    elif mine.update(state=ItemState.CANCELLED, staged=""):  # cancelled while this was under way
        transaction.on_commit(partial(default_storage.delete, item.staged))
    return min(seconds, _LONGEST_WAIT)


def _analyse(item: BatchItem) -> float:
    """The verdict and its deep signals, here: rung, they would stand in line before those of others."""
    row = item.upload.latest if item.upload else None
    if row and (queued := analysis.queued(row.pk)):
        analysis.run(queued)
    if row and (waiting := examination.queued(row.pk)):
        examination.run(waiting)
    BatchItem.objects.filter(pk=item.pk).update(state=ItemState.DONE)
    return 0.0


def _fail(item: BatchItem, code: str, detail: str) -> float:
    ended = {"state": ItemState.FAILED, "error_code": code, "error_detail": detail[:300], "staged": ""}
    BatchItem.objects.filter(pk=item.pk).update(**ended)
    if item.staged:
        default_storage.delete(item.staged)
    return 0.0


@transaction.atomic
def _finish(batch: Batch) -> None:
    if _mine(batch).update(state=BatchState.DONE, finished_at=timezone.now()):
        [found] = batches.counted(Batch.objects.filter(pk=batch.pk))
        details = {"done": found.n_done, "failed": found.n_failed}
        audit.record(SYSTEM, "batch.finished", target=batches.name_of(batch), details=details)


def _postpone(batch: Batch, seconds: float) -> None:
    _mine(batch).update(next_at=timezone.now() + timedelta(seconds=seconds))


def _mine(batch: Batch) -> Any:
    """The row, as long as this step has not lost it: nobody else writes the moment that its lease ends."""
    return Batch.objects.filter(pk=batch.pk, state__in=_OPEN, next_at=batch.next_at)


def _lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)
