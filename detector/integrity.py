"""Does every row have its file, and every file its row?"""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q

from detector import batches, direct, happenings, originals, pictures
from detector.models import Analysis, Batch, BatchItem, BatchState, Finding, Original, State
from fakedetect_site.folder_storage import UNFINISHED


def faults(*, digests: bool = False) -> Iterator[str]:
    """One sentence a fault; with `digests` every stored original is read and hashed again."""
    yield from _missing(digests)
    yield from (f"{path} has no row" for path in [*without_row(), *unfinished(), *direct.without_row()])
    yield from _missing_pictures()
    yield from _orphaned_pictures()
    yield from _faults_of_batches()
    answers: list[tuple[Any, Any]] = happenings.files_checked.send(Original, digests=digests)
    for _, theirs in answers:
        yield from theirs


def stored(folder: str = "") -> Iterator[str]:
    """The path of every stored file below a folder, or of all."""
    return _files(folder)


def _missing(digests: bool) -> Iterator[str]:
    for original in Original.objects.order_by("pk").iterator():
        path = originals.path_of(original.sha256, original.extension)
        if not default_storage.exists(path):
            yield f"{path} is missing"
        elif digests and originals.digest(originals.read(original)) != original.sha256:
            yield f"{path} was changed: its content does not match its name"
        if not original.uploads.exists():
            yield f"{path} belongs to no upload"


def without_row(share: str = "") -> Iterator[str]:
    """Originals and thumbnails that no row names: of all, or of those whose digest begins with these two letters."""
    for folder in ("originals", "thumbnails"):
        stored = _files(f"{folder}/{share}".rstrip("/"))
        while paths := list(islice(stored, 500)):
            digests = {path: path.rsplit("/", 1)[1].split(".")[0] for path in paths}
            known = set(Original.objects.filter(pk__in=set(digests.values())).values_list("pk", flat=True))
            yield from (path for path, sha256 in digests.items() if sha256 not in known)


def unfinished() -> Iterator[str]:
    """What is being written into a folder, and what a process left that died while it wrote."""
    return _files(UNFINISHED)


def folders(folder: str) -> list[str]:
    """The names of the folders right below one."""
    return _listed(folder)[0]


def _missing_pictures() -> Iterator[str]:
    for path in Finding.objects.exclude(picture="").order_by("pk").values_list("picture", flat=True).iterator():
        if not default_storage.exists(path):
            yield f"{path} is missing"


def _orphaned_pictures() -> Iterator[str]:
    """Pictures of an examination under way are kept before their rows are written."""
    for path in _files(pictures.FOLDER):
        known = Q(findings__picture=path) | Q(state=State.RUNNING) | Q(ledger_state=State.RUNNING)
        if not Analysis.objects.filter(known, upload_id=_id_in(path, 2)).exists():
            yield f"{path} has no row"


def _faults_of_batches() -> Iterator[str]:
    """Files of a batch that is arriving are kept before their rows are written."""
    for path in BatchItem.objects.exclude(staged="").order_by("pk").values_list("staged", flat=True).iterator():
        if not default_storage.exists(path):
            yield f"{path} is missing"
    for path in _files(batches.FOLDER):
        arriving = Batch.objects.filter(state=BatchState.ARRIVING, pk=_id_in(path, 1))
        if not arriving.exists() and not BatchItem.objects.filter(staged=path).exists():
            yield f"{path} has no row"


def _id_in(path: str, part: int) -> UUID:
    try:
        return UUID(path.split("/")[part])
    except (IndexError, ValueError):
        return UUID(int=0)  # which nothing has


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever kept there; S3 knows no folders and lists nothing
        return [], []


def _files(folder: str) -> Iterator[str]:
    below, names = _listed(folder)
    beside = f"{folder}/" if folder else ""
    yield from (f"{beside}{name}" for name in sorted(names))
    for name in sorted(below):
        yield from _files(f"{beside}{name}")
