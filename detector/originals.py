"""The stored bytes: written once per content, read through here alone, removed with their last upload.

A content is stored under its SHA-256, so two uploads of one file share it. Deleting the last upload while the same
file is uploaded again must not lose it: `release` removes the file while it holds the row's lock, and `intake.submit`
looks once more after its row is committed.
"""

import hashlib
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy

from detector.errors import Refused
from detector.models import Original, Upload
from ml import serve
from ml.serve import ImageFacts

_PLACE_REMAINS = gettext_lazy(
    "This file tells where it was taken in a way that cannot be taken out, so only its owner may have it. "
    "The preview shows the same picture."
)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def path_of(sha256: str, extension: str) -> str:
    return f"originals/{sha256[:2]}/{sha256}.{extension}"


def thumbnail_path(sha256: str) -> str:
    return f"thumbnails/{sha256[:2]}/{sha256}.jpg"


def store(path: str, data: bytes) -> None:
    """Write unless it is there already. Two writers at once write the same bytes."""
    if default_storage.exists(path):
        return
    written = default_storage.save(path, ContentFile(data))
    if written != path:  # another writer came first and this one was given another name
        default_storage.delete(written)


def keep(sha256: str, extension: str, data: bytes, thumbnail: bytes) -> None:
    """Store the original and its thumbnail, each unless it is there."""
    store(path_of(sha256, extension), data)
    store(thumbnail_path(sha256), thumbnail)


def claim(sha256: str, facts: ImageFacts) -> Original:
    """Get or make the row and lock it until the transaction ends, so that `release` waits."""
    shape = {"format": facts.format, "mime": facts.mime, "extension": facts.extension, "bytes": facts.bytes}
    row = Original(sha256=sha256, width=facts.width, height=facts.height, **shape)
    while True:  # a second round only where `release` removed the row between the two statements
        Original.objects.bulk_create([row], ignore_conflicts=True)
        if locked := lock(sha256):
            return locked


def lock(sha256: str) -> Original | None:
    """Hold the row until the transaction ends; None where no such content is kept."""
    return Original.objects.select_for_update().filter(pk=sha256).first()


def read(original: Original) -> bytes:
    with default_storage.open(path_of(original.sha256, original.extension)) as stream:
        data: bytes = stream.read()
    return data


def read_without_place(original: Original) -> bytes:
    """The file as others than its owner may have it: without coordinates, the pixels byte for byte the same.

    Raises:
        Refused: place_remains.
    """
    try:
        return serve.without_place(read(original), original.format)
    except serve.PlaceRemains:
        raise Refused("place_remains", str(_PLACE_REMAINS)) from None


def blanked(data: bytes) -> bytes:
    """A file of whatever kind without the coordinates that are found in it: what is attached to an appeal."""
    return serve.blanked(data)


def release_later(sha256: str) -> None:
    """After the current transaction: forget the content if no upload holds it any more."""
    transaction.on_commit(partial(release, sha256))


def release(sha256: str) -> None:
    with transaction.atomic():
        original = lock(sha256)
        if original is None or Upload.objects.filter(original=original).exists():
            return
        # Inside the transaction on purpose: the lock keeps a new upload of this content waiting until it is gone.
        _remove(sha256, original.extension)
        original.delete()


def remove_left(sha256: str, extension: str) -> None:
    """Remove files without a row, which a process left that died: as the last upload of this content would."""
    with transaction.atomic():
        unheld = Original(sha256=sha256, extension=extension, bytes=0, width=0, height=0)
        Original.objects.bulk_create([unheld], ignore_conflicts=True)  # an upload of it waits here, or came first
        release(sha256)


def forget(sha256: str, extension: str) -> None:
    """After an upload that came to nothing: remove its files, unless another upload holds the same content."""
    if not Original.objects.filter(pk=sha256).exists():
        _remove(sha256, extension)


def _remove(sha256: str, extension: str) -> None:
    default_storage.delete(path_of(sha256, extension))
    default_storage.delete(thumbnail_path(sha256))
