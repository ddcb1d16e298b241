"""The pictures of findings: private PNG files, kept beside the originals and removed with their upload."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from uuid import UUID

from django.core.files.storage import default_storage

from detector import originals
from detector.models import Finding, Upload

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
    folder = folder_of(upload_id)
    with suppress(FileNotFoundError):  # of a folder; S3 has none and lists nothing
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
    with suppress(OSError):  # another attempt wrote into it meanwhile, and removes what it wrote itself
        default_storage.delete(folder)


def forget_if_gone(upload_id: UUID) -> None:
    """After an analysis that was not to be finished: its upload may have been deleted before its pictures were kept."""
    if not Upload.objects.filter(pk=upload_id).exists():
        forget(upload_id)
