"""The pictures of findings: private PNG files, kept beside the originals and removed with their upload."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from detector import originals
from detector.models import Analysis, Finding, State

FOLDER = "evidence"


def folder_of(upload_id: UUID) -> str:
    return f"{FOLDER}/{str(upload_id)[:2]}/{upload_id}"


def keep(upload_id: UUID, signal: str, picture: bytes) -> str:
    """Store a PNG; its path.

    A file is named after its content, so that a second attempt at the same examination writes the same files.
    """
    path = f"{folder_of(upload_id)}/{signal}-{originals.digest(picture)[:16]}.png"
    originals.store(path, picture)
    return path


def read(row: Finding) -> bytes:
    """The PNG of a finding that has one."""
    with default_storage.open(row.picture) as stream:
        data: bytes = stream.read()
    return data


def named(rows: Iterable[Finding]) -> dict[str, Finding]:
    """Rows with a picture, under the names of their addresses: the signal's own, and "signal-2" for its second."""
    return dict(_named(row for row in rows if row.picture))


def _named(rows: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.signal] += 1
        yield row.signal if seen[row.signal] == 1 else f"{row.signal}-{seen[row.signal]}", row


def forget(upload_id: UUID) -> None:
    """After a deletion: remove all that was kept for this upload."""
    _remove(upload_id, set())


def _remove(upload_id: UUID, held: Collection[str]) -> None:
    folder = folder_of(upload_id)
    with suppress(FileNotFoundError):  # of a folder; S3 has none and lists nothing
        paths = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
        for path in paths.difference(held):
            default_storage.delete(path)
    with suppress(OSError):  # another attempt wrote into it meanwhile, and removes what it wrote itself
        default_storage.delete(folder)


def forget_unheld(upload_id: UUID) -> None:
    """After an analysis that came to nothing: remove what it kept and no finding names.

    Its upload may have been deleted meanwhile; or another attempt is at it, and cleans up itself.
    """
    running = Q(state=State.RUNNING) | Q(ledger_state=State.RUNNING)
    if Analysis.objects.filter(running, upload_id=upload_id).exists():
        return
    held = Finding.objects.filter(analysis__upload_id=upload_id).values_list("picture", flat=True)
    _remove(upload_id, set(held))


def forget_unheld_later(upload_id: UUID) -> None:
    """Once the end without a verdict is written down, which stands whatever the storage says."""
    transaction.on_commit(partial(forget_unheld, upload_id), robust=True)
