"""Does every row have its file, and every file its row?"""

from collections.abc import Iterator

from django.core.files.storage import default_storage

from detector import originals
from detector.models import Original


def faults(*, digests: bool = False) -> Iterator[str]:
    """One sentence a fault; with `digests` every stored original is read and hashed again."""
    yield from _missing(digests)
    yield from _orphans("originals")
    yield from _orphans("thumbnails")


def _missing(digests: bool) -> Iterator[str]:
    for original in Original.objects.order_by("pk").iterator():
        path = originals.path_of(original.sha256, original.extension)
        if not default_storage.exists(path):
            yield f"{path} is missing"
        elif digests and originals.digest(originals.read(original)) != original.sha256:
            yield f"{path} was changed: its content does not match its name"
        if not original.uploads.exists():
            yield f"{path} belongs to no upload"


def _orphans(folder: str) -> Iterator[str]:
    for path in _files(folder):
        sha256 = path.rsplit("/", 1)[1].split(".")[0]
        if not Original.objects.filter(pk=sha256).exists():
            yield f"{path} has no row"


def _files(folder: str) -> Iterator[str]:
    if not default_storage.exists(folder):
        return
    folders, names = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in sorted(names))
    for name in sorted(folders):
        yield from _files(f"{folder}/{name}")
