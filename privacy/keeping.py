"""“Keep this one”: a flag that no retention period overrules. Its owner and administrators can still delete by hand."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.roles import can_keep
from detector import models_in_use
from detector.models import Upload
from privacy.models import Expiry, Kept


@transaction.atomic
def keep(actor: Actor, *, upload: Upload, reason: str = "") -> None:
    """Keep an upload whatever the periods say; again changes nothing. An announced deletion is called off.

    Raises:
        PermissionDenied: the actor may not decide this.
    """
    _check(actor, upload)
    defaults = {"by": actor.user, "reason": reason.strip()[:200]}
    if Kept.objects.get_or_create(upload=upload, defaults=defaults)[1]:
        Expiry.objects.filter(upload=upload).delete()
        _record(actor, "upload.kept", upload)


@transaction.atomic
def let_go(actor: Actor, *, upload: Upload) -> None:
    """Take the flag away: the periods hold again, and a deletion is announced anew. Again changes nothing.

    Raises:
        PermissionDenied: the actor may not decide this.
    """
    _check(actor, upload)
    if Kept.objects.filter(upload=upload).delete()[0]:
        _record(actor, "upload.kept_no_more", upload)


def _record(actor: Actor, action: str, upload: Upload) -> None:
    audit.record(actor, action, target=f"upload:{upload.pk}", model=models_in_use.version_of(upload))


def _check(actor: Actor, upload: Upload) -> None:
    if actor.user is None or not can_keep(actor.user, upload):
        raise PermissionDenied("Only its owner or a moderator may decide this.")
