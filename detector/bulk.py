"""Acts on many uploads at once. Each upload is an act by itself, with its own event: one that fails stops no other."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.audit import Actor
from accounts.errors import Refused
from accounts.roles import Someone, can_delete, owns
from detector import again, intake
from detector.models import Upload
from detector.queries import UploadQuerySet

AT_ONCE = 200
RESULTS = DONE, UNCHANGED, NOT_FOUND, FORBIDDEN = "done", "unchanged", "not_found", "forbidden"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one upload: `result` is done, unchanged (it was so already), not_found or forbidden."""

    pk: UUID
    result: str


def each(
    actor: Actor,
    *,
    ids: Sequence[UUID],
    may: Callable[[Someone, Upload], bool],
    act: Callable[[list[Upload]], Collection[UUID]],
) -> list[Outcome]:
    """Do an act to those of these that the actor may see, and may do it to, and say what became of each.

    `act` returns the ids of those that it changed.

    Raises:
        Refused: too_many_uploads, and what the act refuses as a whole; nothing is done then.
    """
    _check_number(ids)
    if actor.user is None:
        raise PermissionDenied("Log in to act on uploads.")
    rows = UploadQuerySet(Upload).visible_to(actor.user).filter(pk__in=ids).with_verdicts()
    allowed = {one.pk: may(actor.user, one) for one in rows}
    chosen = [one for one in rows if allowed[one.pk]]
    changed = set(act(chosen)) if chosen else set()
    return [Outcome(pk, _result(allowed.get(pk), pk in changed)) for pk in dict.fromkeys(ids)]


def _result(allowed: bool | None, changed: bool) -> str:
    if allowed is None:
        return NOT_FOUND
    if not allowed:
        return FORBIDDEN
    return DONE if changed else UNCHANGED


def delete(actor: Actor, *, uploads: Sequence[Upload]) -> list[UUID]:
    """Remove them with their verdicts; the ids of those that were still there.

    Raises:
        Refused: too_many_uploads.
        PermissionDenied: one of them is not the actor's to delete; none is deleted then.
    """
    _check_number(uploads)
    if actor.user is None or not all(can_delete(actor.user, one) for one in uploads):
        raise PermissionDenied("Only its owner or an administrator may delete this.")
    return [pk for pk, one in [(one.pk, one) for one in uploads] if intake.delete(actor, upload=one)]


def analyse_again(actor: Actor, *, uploads: Sequence[Upload]) -> list[UUID]:
    """Queue those that failed or have the verdict of an earlier model; the ids of these.

    Raises:
        Refused: too_many_uploads.
        NoModel: no model is in service.
        PermissionDenied: somebody else owns one of them; none is queued then.
    """
    _check_number(uploads)
    if actor.user is None or not all(owns(actor.user, one) for one in uploads):
        raise PermissionDenied("Its owner may have an upload analysed again.")
    return [one.pk for one in uploads if again.analyse(actor, upload=one)]


def _check_number(uploads: Sequence[object]) -> None:
    if len(uploads) > AT_ONCE:
        raise Refused("too_many_uploads", _("Choose at most %(most)s uploads at once.") % {"most": AT_ONCE})
