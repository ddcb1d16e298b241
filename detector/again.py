"""An upload looked at again because its owner asks: where it failed, or where an earlier model gave the verdict."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.roles import owns
from detector import analysis, examination, models_in_use, originals
from detector.models import Analysis, State, Upload


@transaction.atomic
def analyse(actor: Actor, *, upload: Upload) -> bool:
    """Queue it for the model in service; False where that has given a verdict already, or is at it.

    The verdict that stands stays shown until the new one is there. Workers are told; a site without them finds the row
    in its next round, so that many of them keep nobody waiting.

    Raises:
        NoModel: no model is in service.
        PermissionDenied: somebody else owns the upload.
    """
    if actor.user is None or not owns(actor.user, upload):
        raise PermissionDenied("Its owner may have an upload analysed again.")
    model = models_in_use.current()
    originals.lock(upload.original_id)  # a deletion waits until the row is made, or has gone before
    if not Upload.objects.filter(pk=upload.pk).exists():
        return False
    row, made = Analysis.objects.get_or_create(upload=upload, model=model)
    if not made:
        return _retried(actor, row)
    audit.record(actor, "analysis.asked", target=f"upload:{upload.pk}", model=model.version)
    analysis.ring_in_turn(row)
    return True


def _retried(actor: Actor, row: Analysis) -> bool:
    if row.state == State.DONE:
        return examination.retry(actor, analysis=row)
    return analysis.retry(actor, analysis=row, at_once=False)
