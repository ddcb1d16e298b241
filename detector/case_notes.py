"""Notes in a case: written by those who work on it, taken back by who wrote them."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.roles import can_delete_note, can_edit_case
from detector import cases
from detector.errors import Refused
from detector.models import Case, CaseNote, Upload
from detector.sentences import figure

MOST = 1_000  # notes of a case
LONGEST = CaseNote._meta.get_field("text").max_length or 0


@transaction.atomic
def write(actor: Actor, *, case: Case, text: str, upload: Upload | None = None) -> CaseNote:
    """Note something about the case, or about one upload that lies in it.

    Raises:
        Refused: empty_note, text_too_long, case_full, case_closed, not_found.
        PermissionDenied: the actor is no editor of the case.
    """
    found = cases.held(case)
    if actor.user is None or not can_edit_case(actor.user, cases.membership_of(actor, found)):
        raise PermissionDenied("Editors and owners of a case may write notes.")
    cases.only_open(found)
    _room_for(found, upload)
    note = CaseNote.objects.create(case=found, upload=upload, author=actor.user, text=_text(text))
    details = {"note": note.pk} | ({"upload": str(upload.pk)} if upload else {})
    audit.record(actor, "case.note_added", target=cases.name_of(found), details=details)
    return note


@transaction.atomic
def delete(actor: Actor, *, note: CaseNote) -> None:
    """Take one's own note back.

    Raises:
        Refused: case_closed, not_found.
        PermissionDenied: somebody else wrote it.
    """
    found = cases.held(note.case)
    if actor.user is None or not can_delete_note(actor.user, note.author_id):
        raise PermissionDenied("Notes are deleted by who wrote them.")
    cases.only_open(found)
    if CaseNote.objects.filter(pk=note.pk).delete()[0]:
        audit.record(actor, "case.note_deleted", target=cases.name_of(found), details={"note": note.pk})


def _room_for(case: Case, upload: Upload | None) -> None:
    if upload and not case.items.filter(upload=upload).exists():
        raise Refused("not_found", _("This upload does not lie in the case."))
    if case.notes.count() >= MOST:
        raise Refused("case_full", _("A case holds at most %(most)s notes.") % {"most": figure(MOST, ",")})


def _text(text: str) -> str:
    kept = cases.text_of(text, LONGEST)
    if not kept:
        raise Refused("empty_note", _("Write something first."))
    return kept
