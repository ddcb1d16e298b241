"""What owners hand in with an appeal: any bytes, kept as they are, never opened, shown or decoded here.

The path says nothing but the upload that it belongs to; name, size and digest stand in the row of the appeal.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from desk.models import Appeal
from detector import integrity, names
from detector.errors import Refused
from detector.models import Upload

FOLDER = "appeals"


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file, as the row of its appeal says it."""

    path: str
    name: str
    sha256: str
    bytes: int


def keep(upload: Upload, file: "UploadedFile[bytes]") -> Kept:
    """Store it, piece by piece: a RAW file need not fit the memory.

    Raises:
        Refused: invalid_name, empty_file, attachment_too_large.
    """
    name, size = names.checked(file.name or "attachment"), file.size or 0
    if size > settings.MAX_ATTACHMENT_BYTES:
        most = f"{settings.MAX_ATTACHMENT_BYTES / 1e6:g}"
        raise Refused(
            "attachment_too_large",
            _("The attachment is larger than %(most)s MB. Send the note without it.") % {"most": most},
        )
    if size == 0:
        raise Refused("empty_file", _("The attachment is empty. Choose another file, or send the note without it."))
    digest = hashlib.sha256()
    for part in file.chunks():
        digest.update(part)
    path = default_storage.save(f"{FOLDER}/{upload.pk}/{uuid.uuid4().hex}", file)
    return Kept(path=path, name=name, sha256=digest.hexdigest(), bytes=size)


def faults(digests: bool) -> Iterator[str]:
    """What `check_integrity` says of them: those that are gone, changed, or nobody's."""
    rows = dict(Appeal.objects.exclude(attachment="").order_by("pk").values_list("attachment", "attachment_sha256"))
    for path, sha256 in rows.items():
        if not default_storage.exists(path):
            yield f"{path} is missing"
        elif digests and _digest(path) != sha256:
            yield f"{path} was changed: its content does not match its digest"
    yield from (f"{path} has no row" for path in integrity.stored(FOLDER) if path not in rows)


def _digest(path: str) -> str:
    with default_storage.open(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def forget(paths: Iterable[str]) -> None:
    """Remove stored files; one that is gone already does not matter."""
    for path in paths:
        default_storage.delete(path)
