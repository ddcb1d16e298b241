"""Batches: taken in, cancelled, forgotten. Each file becomes an upload, one after the other (batch_steps.py).

The files wait in the storage under the batch's id. The row is made first and seen last, so that whatever a process
leaves behind that dies meanwhile is found and removed.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts import allowances, audit
from accounts.audit import Actor
from accounts.models import User
from detector import names
from detector.errors import Refused
from detector.models import Analysis, Batch, BatchItem, BatchState, ItemState, State
from detector.particulars import Particulars

FOLDER = "batches"
KEPT = timedelta(days=30)  # after its end
_LEFT = timedelta(hours=2)  # no request takes longer to arrive
_BEHIND = 60  # seconds after which a batch may be sent again
_IN_MEMORY = 2_000_000


@dataclass(slots=True)
class Source:
    """One file of a batch: its name, and its bytes in pieces, which may refuse it while they come."""

    name: str
    pieces: Iterable[bytes] = ()
    refusal: Refused | None = None


@dataclass(slots=True)
class _Room:
    """How much a batch may still hold."""

    files: int  # 0: as many as there are
    bytes: int = field(default_factory=lambda: settings.MAX_BATCH_BYTES)
    taken: int = 0

    def take(self, count: int) -> None:
        self.bytes -= count
        if self.bytes < 0:
            raise Refused("batch_too_large", f"A batch holds at most {settings.MAX_BATCH_BYTES / 1e6:g} MB unpacked.")

    def take_file(self) -> None:
        self.taken += 1
        if self.files and self.taken > self.files:
            raise Refused("too_many_files", f"A batch has at most {self.files} files.")


def take_in(
    actor: Actor,
    *,
    owner: User,
    sources: Iterable[Source],
    told: Particulars,
    settle: Callable[[Batch], None] | None = None,
) -> Batch:
    """Store the files and queue them. A file that cannot be taken fails alone; nothing at all is refused whole.

    Raises:
        Refused: no_file, too_many_files, batch_too_large, what reading the archive says, or busy: too much waits.
    """
    _refuse_while_behind()
    values: dict[str, Any] = {"external_id": told.external_id, "tags": list(told.tags), "case": told.case}
    batch = Batch.objects.create(owner=owner, token=actor.token, **values)
    try:
        items = list(_staged(batch, sources))
        if not items:
            raise Refused("no_file", "Send files in the field 'files', or one ZIP in the field 'archive'.")
        _queue(actor, batch, items, settle)
    except BaseException:
        _remove(batch)
        raise
    return batch


def _refuse_while_behind() -> None:
    """Whoever has many images can wait outside; single ones are taken in all the same."""
    minutes = settings.QUEUE_MINUTES
    since = timezone.now() - timedelta(minutes=minutes)
    if minutes and Analysis.objects.filter(state=State.QUEUED, created_at__lt=since).exists():
        told = f"Images wait for their verdict since more than {minutes} minutes. Send this batch again later."
        raise Refused("busy", told, retry_after=_BEHIND)


def _staged(batch: Batch, sources: Iterable[Source]) -> Iterator[BatchItem]:
    room = _Room(allowances.of_person(batch.owner, "items_per_batch"))
    for position, source in enumerate(sources):
        room.take_file()
        item = BatchItem(batch=batch, position=position, name=_shown(source.name))
        try:
            item.name = names.checked(source.name)
            _stage(item, source, room)
        except Refused as error:
            if error.code == "batch_too_large":
                raise
            item.state, item.error_code, item.error_detail = ItemState.FAILED, error.code, error.detail[:300]
        yield item


def _stage(item: BatchItem, source: Source, room: _Room) -> None:
    """In pieces: never more of a file in memory than one of them, or two megabytes."""
    if source.refusal:
        raise source.refusal
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
        for piece in source.pieces:
            room.take(len(piece))
            kept.write(piece)
        kept.seek(0)
        item.staged = default_storage.save(f"{FOLDER}/{item.batch_id}/{item.position}", File(kept))


@transaction.atomic
def _queue(actor: Actor, batch: Batch, items: list[BatchItem], settle: Callable[[Batch], None] | None) -> None:
    BatchItem.objects.bulk_create(items)
    batch.state, batch.next_at = BatchState.QUEUED, timezone.now()
    batch.save(update_fields=["state", "next_at"])
    refused = sum(item.state == ItemState.FAILED for item in items)
    audit.record(actor, "batch.created", target=name_of(batch), details={"files": len(items), "refused": refused})
    if settle:
        settle(batch)
    ring_later(batch)


@transaction.atomic
def cancel(actor: Actor, *, batch: Batch) -> bool:
    """Hand in nothing more; False when it had ended. What was handed in stays, what is under way ends."""
    still = Batch.objects.filter(pk=batch.pk, state__in=(BatchState.QUEUED, BatchState.RUNNING))
    if not still.update(state=BatchState.CANCELLED, finished_at=timezone.now()):
        return False
    waiting = batch.items.filter(state=ItemState.QUEUED)
    held = waiting.select_for_update().values_list("staged", flat=True)  # or one could be begun, and lose its file
    paths = [path for path in held if path]
    count = waiting.update(state=ItemState.CANCELLED, staged="")
    transaction.on_commit(partial(_delete, paths))
    audit.record(actor, "batch.cancelled", target=name_of(batch), details={"files": count})
    return True


def ring_later(batch: Batch) -> None:
    from detector import batch_bells

    transaction.on_commit(partial(batch_bells.ring, batch.pk))


def counted(rows: Any) -> Any:
    """Each with the number of its items by state: `n_total`, `n_queued`, `n_running` …"""
    numbers = {f"n_{state}": Count("items", filter=Q(items__state=state)) for state in ItemState.values}
    return rows.annotate(n_total=Count("items"), **numbers)


def sweep() -> str:
    """The round: forget what is long over and what never arrived, ring what nobody is at."""
    from detector import batch_bells

    now = timezone.now()
    over = Q(finished_at__lt=now - KEPT) | Q(state=BatchState.ARRIVING, created_at__lt=now - _LEFT)
    for batch in Batch.objects.filter(over):
        _remove(batch)
    return f"{batch_bells.ring_left()} taken up"


def name_of(batch: Batch) -> str:
    return f"batch:{batch.pk}"


def _shown(name: str) -> str:
    """A name that was refused, as far as it can be told."""
    return names.shortened("".join(char if char.isprintable() else "\ufffd" for char in name))


def _remove(batch: Batch) -> None:
    """With every file under its id, of rows or not."""
    pk = batch.pk
    Batch.objects.filter(pk=pk).delete()
    _delete([f"{FOLDER}/{pk}/{name}" for name in _listed(f"{FOLDER}/{pk}")])


def _listed(folder: str) -> list[str]:
    try:
        return default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return []


def _delete(paths: Iterable[str]) -> None:
    for path in paths:
        default_storage.delete(path)


@receiver(post_delete, sender=BatchItem)
def _item_deleted(instance: BatchItem, **_: Any) -> None:
    """With the account of its owner, say: what waited in the storage goes too."""
    if instance.staged:
        transaction.on_commit(partial(_delete, [instance.staged]))
