"""The owner's note on an upload: for themselves, searched in their history, read by nobody else."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.roles import can_label
from detector import cases
from detector.models import Upload

LONGEST = Upload._meta.get_field("note").max_length or 0


@transaction.atomic
def write(actor: Actor, *, upload: Upload, text: str) -> str:
    """Put this in the place of the note; nothing takes it away. The same as before changes nothing.

    What it says stays out of the audit history.

    Raises:
        Refused: text_too_long.
        PermissionDenied: somebody else owns the upload.
    """
    if actor.user is None or not can_label(actor.user, upload):
        raise PermissionDenied("Tags and notes are their owner's.")
    kept = cases.text_of(text, LONGEST)
    if Upload.objects.filter(pk=upload.pk).exclude(note=kept).update(note=kept):
        audit.record(actor, "upload.noted", target=f"upload:{upload.pk}", details={"empty": not kept})
    upload.note = kept
    return kept
