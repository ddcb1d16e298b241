"""Acts on many uploads at once. Each upload is an act by itself, with its own event: one that fails stops no other."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.audit import Actor
from accounts.errors import Refused
from accounts.roles import can_delete, owns
from detector import again, intake
from detector.models import Upload

AT_ONCE = 200


def delete(actor: Actor, *, uploads: Sequence[Upload]) -> int:
    """Remove them with their verdicts; how many were still there.

    Raises:
        Refused: too_many_uploads.
        PermissionDenied: one of them is not the actor's to delete; none is deleted then.
    """
    _check_number(uploads)
    if actor.user is None or not all(can_delete(actor.user, one) for one in uploads):
        raise PermissionDenied("Only its owner or an administrator may delete this.")
    return sum(intake.delete(actor, upload=one) for one in uploads)


def analyse_again(actor: Actor, *, uploads: Sequence[Upload]) -> int:
    """Queue those that failed or have the verdict of an earlier model; how many these are.

    Raises:
        Refused: too_many_uploads.
        NoModel: no model is in service.
        PermissionDenied: somebody else owns one of them; none is queued then.
    """
    _check_number(uploads)
    if actor.user is None or not all(owns(actor.user, one) for one in uploads):
        raise PermissionDenied("Its owner may have an upload analysed again.")
    return sum(again.analyse(actor, upload=one) for one in uploads)


def _check_number(uploads: Sequence[Upload]) -> None:
    if len(uploads) > AT_ONCE:
        raise Refused("too_many_uploads", _("Choose at most %(most)s uploads at once.") % {"most": AT_ONCE})
