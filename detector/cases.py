"""Cases: made, renamed, closed, deleted. Who works on one: case_members.py; what lies in it: case_items.py.

Every act holds the row of its case until it is done, so acts on one case follow each other and what was checked stays
true. Titles and names stay out of the audit history, which cannot forget: it knows cases, uploads and people by number.
"""

import unicodedata
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.roles import can_manage_case, is_account
from detector.errors import Refused
from detector.models import Case, CaseMember, CaseRole
from detector.sentences import figure

_TITLE = Case._meta.get_field("title").max_length or 0
_DESCRIPTION = Case._meta.get_field("description").max_length or 0

AS_IT_IS = -1
LONGEST_PERIOD = 36_500  # days


@transaction.atomic
def make(actor: Actor, *, title: str, description: str = "", retention_days: int | None = None) -> Case:
    """A new case, owned by who makes it.

    Raises:
        Refused: invalid_title, text_too_long, invalid_period.
        PermissionDenied: nobody is logged in.
    """
    if actor.user is None or not is_account(actor.user):
        raise PermissionDenied("Log in to make a case.")
    values = {"title": _titled(title), "description": text_of(description, _DESCRIPTION)}
    case = Case.objects.create(**values, retention_days=_period(retention_days))
    CaseMember.objects.create(case=case, user=actor.user, role=CaseRole.OWNER)
    audit.record(actor, "case.created", target=name_of(case))
    return case


@transaction.atomic
def change(
    actor: Actor,
    *,
    case: Case,
    title: str | None = None,
    description: str | None = None,
    retention_days: int | None = AS_IT_IS,
) -> Case:
    """Give another title, description or period; what is not told, or the same as before, stays.

    `retention_days` is for how long uploads are kept from the day on which they were put in, None for no rule of the
    case (privacy/periods.py).

    Raises:
        Refused: invalid_title, text_too_long, invalid_period, not_found.
        PermissionDenied: the actor does not own the case.
    """
    found = managed(actor, case)
    wanted: dict[str, Any] = {"title": found.title if title is None else _titled(title)}
    wanted["description"] = found.description if description is None else text_of(description, _DESCRIPTION)
    wanted["retention_days"] = found.retention_days if retention_days == AS_IT_IS else _period(retention_days)
    changed = [name for name, value in wanted.items() if value != getattr(found, name)]
    if changed:
        Case.objects.filter(pk=found.pk).update(**wanted)
        audit.record(actor, "case.changed", target=name_of(found), details={"changed": changed})
    for name, value in wanted.items():
        setattr(found, name, value)
    return found


@transaction.atomic
def close(actor: Actor, *, case: Case) -> None:
    """Nothing is put in, taken out or noted any more; everybody goes on seeing it. Again changes nothing.

    Raises:
        Refused: not_found.
        PermissionDenied: the actor does not own the case.
    """
    found = managed(actor, case)
    if Case.objects.filter(pk=found.pk, closed_at=None).update(closed_at=timezone.now()):
        audit.record(actor, "case.closed", target=name_of(found))


@transaction.atomic
def reopen(actor: Actor, *, case: Case) -> None:
    """Work goes on. Again changes nothing.

    Raises:
        Refused: not_found.
        PermissionDenied: the actor does not own the case.
    """
    found = managed(actor, case)
    if Case.objects.filter(pk=found.pk, closed_at__isnull=False).update(closed_at=None):
        audit.record(actor, "case.reopened", target=name_of(found))


@transaction.atomic
def delete(actor: Actor, *, case: Case) -> None:
    """Remove the folder with its notes. The uploads stay with their owners, and nobody else sees them through it.

    Raises:
        Refused: not_found.
        PermissionDenied: the actor does not own the case.
    """
    found = managed(actor, case)
    details = {"uploads": found.items.count(), "members": found.members.count(), "notes": found.notes.count()}
    found.delete()
    audit.record(actor, "case.deleted", target=name_of(case), details=details)


def note_view(actor: Actor, *, case: Case) -> None:
    """Write down that a moderator looked at a case of others."""
    if actor.user and membership_of(actor, case) is None:
        audit.record(actor, "case.viewed", target=name_of(case))


def held(case: Case) -> Case:
    """The case as it is now, locked until the transaction ends.

    Raises:
        Refused: not_found.
    """
    found: Case | None = Case.objects.select_for_update().filter(pk=case.pk).first()
    if found is None:
        raise Refused("not_found", _("This case is gone."))
    return found


def managed(actor: Actor, case: Case) -> Case:
    """`held`, for those who may manage it."""
    found = held(case)
    if actor.user is None or not can_manage_case(actor.user, membership_of(actor, found)):
        raise PermissionDenied("Only owners of a case may do this.")
    return found


def membership_of(actor: Actor, case: Case) -> str | None:
    """What the actor is in the case: "owner", "editor", "viewer", or None for who is no member."""
    return CaseMember.objects.filter(case=case, user=actor.user).values_list("role", flat=True).first()


def only_open(case: Case) -> None:
    """Raises Refused: case_closed."""
    if case.closed_at:
        raise Refused("case_closed", _("This case is closed. An owner can reopen it."))


def name_of(case: Case) -> str:
    return f"case:{case.pk}"


def text_of(text: str, longest: int) -> str:
    """What people wrote, with line breaks and without other control characters.

    Raises:
        Refused: text_too_long.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()
    if len(kept) > longest:
        raise Refused(
            "text_too_long",
            _("This text has %(count)s characters; %(longest)s are the most.")
            % {"count": figure(len(kept), ","), "longest": figure(longest, ",")},
        )
    return kept


def _period(days: int | None) -> int | None:
    if days is not None and not 0 < days <= LONGEST_PERIOD:
        raise Refused(
            "invalid_period",
            _("A period has 1 to %(most)s days.") % {"most": figure(LONGEST_PERIOD, ",")},
        )
    return days


def _titled(title: Any) -> str:
    kept = " ".join(text_of(title, _TITLE).split())
    if not kept:
        raise Refused("invalid_title", _("Give the case a title."))
    return kept
