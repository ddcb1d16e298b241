"""The uploads of a case: put in, taken out. What lies in a case is seen by its members (queries.py)."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.roles import can_put_into_case, can_take_from_case, owns
from detector import cases
from detector.errors import Refused
from detector.models import Case, CaseUpload, Original, Upload
from detector.sentences import figure

MOST = 5_000  # uploads of a case
AT_ONCE = 200  # of one act, whose event names each


@transaction.atomic
def add(actor: Actor, *, case: Case, uploads: Sequence[Upload]) -> list[Upload]:
    """Put uploads into a case and return those that were not in it before. Without such, nothing is written down.

    Raises:
        Refused: too_many_uploads, case_full, case_closed, not_found.
        PermissionDenied: the actor is no editor of the case, or may not share one of the uploads.
    """
    wanted = _still_there(_few(uploads))
    found = cases.held(case)
    membership = cases.membership_of(actor, found)
    if actor.user is None or not all(can_put_into_case(actor.user, membership, one) for one in uploads):
        raise PermissionDenied("Editors and owners of a case may put their own uploads into it.")
    cases.only_open(found)
    new = _new_in(found, wanted)
    if new:
        CaseUpload.objects.bulk_create(CaseUpload(case=found, upload=one, added_by=actor.user) for one in new)
        _write_down(actor, "case.uploads_added", found, new)
    return new


@transaction.atomic
def remove(actor: Actor, *, case: Case, uploads: Sequence[Upload]) -> int:
    """Take uploads out of a case; how many lay in it. Their owners may do so always, of a closed case too.

    Raises:
        Refused: too_many_uploads, case_closed, not_found.
        PermissionDenied: the actor is no editor of the case and does not own one of the uploads.
    """
    chosen = _few(uploads)
    found = cases.held(case)
    membership = cases.membership_of(actor, found)
    if actor.user is None or not all(can_take_from_case(actor.user, membership, one) for one in chosen):
        raise PermissionDenied("Editors and owners of a case may take uploads out of it.")
    if not all(owns(actor.user, one) for one in chosen):
        cases.only_open(found)
    items = found.items.filter(upload__in=chosen)
    taken = list(Upload.objects.filter(case_items__in=items))
    items.delete()
    if taken:
        _write_down(actor, "case.uploads_removed", found, taken)
    return len(taken)


def _few(uploads: Sequence[Upload]) -> list[Upload]:
    if len(uploads) > AT_ONCE:
        raise Refused("too_many_uploads", _("Choose at most %(most)s uploads at once.") % {"most": AT_ONCE})
    return list(uploads)


def _still_there(uploads: list[Upload]) -> list[Upload]:
    """Those that nobody deleted meanwhile, and none can be deleted before this act ends: a deletion locks the content.

    Locked in the order of their digests, or two such acts could wait for each other.
    """
    contents = {one.original_id for one in uploads}
    list(Original.objects.select_for_update().filter(pk__in=contents).order_by("pk").values_list("pk"))
    there = set(Upload.objects.filter(pk__in=[one.pk for one in uploads]).values_list("pk", flat=True))
    return list({one.pk: one for one in uploads if one.pk in there}.values())


def _new_in(case: Case, uploads: list[Upload]) -> list[Upload]:
    inside = set(case.items.filter(upload__in=uploads).values_list("upload_id", flat=True))
    new = [one for one in uploads if one.pk not in inside]
    if new and case.items.count() + len(new) > MOST:
        raise Refused(
            "case_full", _("A case holds at most %(most)s uploads. Make another one.") % {"most": figure(MOST, ",")}
        )
    return new


def _write_down(actor: Actor, action: str, case: Case, uploads: list[Upload]) -> None:
    audit.record(actor, action, target=cases.name_of(case), details={"uploads": [str(one.pk) for one in uploads]})
