"""Files that go to the store past the site: announced, sent by their owner, and taken in like any other.

The site believes nothing of what arrived. It reads the bytes once more, and what is kept under the digest is what it
has read: a copy within the store could be of something that was sent there a moment later.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts import audit, quotas
from accounts.audit import Actor
from accounts.models import User
from detector import direct_store, intake, names, originals
from detector.direct_store import Ticket
from detector.errors import Refused, refused
from detector.limits import ACCEPT, limits
from detector.models import DirectUpload, Upload
from detector.particulars import Particulars
from fakedetect_site import meters
from ml.serve import too_large

FOLDER = "direct"
TYPES = tuple(kind for kind in ACCEPT.split(",") if "/" in kind)
AT_ONCE = 100  # open ones of a person: what they may have lying there before anybody looks at it
_SAME = {"image/heif": "image/heic"}  # two names of one type


def begin(actor: Actor, *, owner: User, name: str, size: int, sha256: str, mime: str) -> tuple[DirectUpload, Ticket]:
    """Take down what shall come, and sign the address to which it may be sent.

    Raises:
        Refused: invalid_name, file_too_large, direct_off, too_many_direct; or a limit was reached.
    """
    if size > settings.MAX_UPLOAD_BYTES:
        raise refused(too_large(limits()))
    until = timezone.now() + timedelta(seconds=settings.DIRECT_SECONDS)
    announced = DirectUpload(owner=owner, name=names.checked(name), size=size, sha256=sha256, mime=mime)
    announced.expires_at = until
    ticket = direct_store.ticket(path_of(announced.pk), size=size, sha256=sha256, mime=mime)
    quotas.look(actor, owner=owner, size=size)
    _open(actor, announced)
    return announced, ticket


@transaction.atomic
def _open(actor: Actor, announced: DirectUpload) -> None:
    User.objects.select_for_update().get(pk=announced.owner_id)  # of two at once one would not be counted
    if _open_ones().filter(owner=announced.owner_id).count() >= AT_ONCE:
        raise Refused("too_many_direct", f"{AT_ONCE} files of yours are announced already: complete them first.")
    announced.save(force_insert=True)
    audit.record(actor, "direct.announced", target=f"direct:{announced.pk}", details={"bytes": announced.size})


def complete(actor: Actor, *, announced: DirectUpload, told: Particulars) -> Upload:
    """Take in what was sent, as any upload; what was taken in before stays as it is.

    Raises:
        Refused: direct_expired, direct_missing, wrong_size, wrong_digest, wrong_type, direct_in_use, and whatever
            intake finds. It may be sent and completed again until it expires.
    """
    if announced.upload:
        if told.settle:
            told.settle(announced.upload)
        return announced.upload
    with meters.upload():
        data, told = _arrived(announced), replace(told, settle=partial(_settle, announced, told))
        taken = intake.submit(actor, owner=announced.owner, name=announced.name, data=data, told=told)
    default_storage.delete(path_of(announced.pk))
    return taken


def _arrived(announced: DirectUpload) -> bytes:
    """The bytes, if they are those that were announced."""
    if announced.expires_at < timezone.now():
        raise Refused("direct_expired", "The time to send this file is over. Announce it again.")
    try:
        with default_storage.open(path_of(announced.pk)) as stream:
            if stream.size != announced.size:
                raise _other_size(announced, stream.size)
            data: bytes = stream.read()
    except FileNotFoundError:
        told = "Nothing has arrived at the address that you were given. Send the file there first."
        raise Refused("direct_missing", told) from None
    if originals.digest(data) != announced.sha256:
        raise Refused("wrong_digest", "What arrived has another SHA-256 than was announced. Send the file once more.")
    return data


def _other_size(announced: DirectUpload, size: int) -> Refused:
    return Refused("wrong_size", f"{size} bytes arrived, and {announced.size} were announced. Send the file once more.")


def _settle(announced: DirectUpload, told: Particulars, upload: Upload) -> None:
    """Inside the transaction that makes the upload: of two requests at once one is undone."""
    found, said = upload.original.mime, _SAME.get(announced.mime, announced.mime)
    if found != said:
        raise Refused("wrong_type", f"The bytes are {found}, and {said} was announced. Announce it as what it is.")
    if not _open_ones().filter(pk=announced.pk).update(upload=upload):
        raise Refused("direct_in_use", "Another request completes this file. Ask again in a moment.", retry_after=1)
    if told.settle:
        told.settle(upload)


def path_of(pk: UUID) -> str:
    return f"{FOLDER}/{pk}"


def without_row() -> list[str]:
    """What lies there and was not announced, or no longer: a row is made before its file, and outlives its address."""
    try:
        found = [name for name in default_storage.listdir(FOLDER)[1] if name]
    except FileNotFoundError:
        return []
    known = {str(pk) for pk in DirectUpload.objects.values_list("pk", flat=True)}
    return [f"{FOLDER}/{name}" for name in found if name not in known]


def sweep() -> str:
    """The round: forget what expired, taken in or not, and remove what was sent after that."""
    gone, _ = DirectUpload.objects.filter(expires_at__lt=timezone.now()).delete()
    left = without_row()
    for path in left:
        default_storage.delete(path)
    return f"{gone} expired, {len(left)} files removed"


def _open_ones() -> Any:
    return DirectUpload.objects.filter(upload=None)


@receiver(post_delete, sender=DirectUpload)
def _forgotten(instance: DirectUpload, **_: Any) -> None:
    """With the account of its owner, say: what was sent goes too."""
    transaction.on_commit(partial(default_storage.delete, path_of(instance.pk)))
