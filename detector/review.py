"""What people decide of an upload: decide, undo, which decision stands, and when it is for good.

A decision is shown above the machine's verdict at once and never erases it. During its undo period it can be taken
back; after that it is for good and told to whom it concerns (`settle`).
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import SYSTEM, Actor
from accounts.roles import can_undo
from detector import happenings
from detector.errors import Refused
from detector.models import Analysis, Decision, Label, Occasion, Review, State, Upload
from detector.sentences import figure
from ml.serve import say

log = logging.getLogger(__name__)

MAX_NOTE = 2000
MAX_TAGS, MAX_TAG = 10, 40
SAID = {  # what a machine found, within a sentence; it never calls an image authentic
    Label.AUTHENTIC: say("no sign of manipulation found"),
    Label.AI_GENERATED: say("likely AI-generated"),
    Label.MANIPULATED: say("likely manipulated"),
    Label.INCONCLUSIVE: say("inconclusive"),
}
# What is shown of a decision: who looked and could not tell leaves the question open, as a machine does.
SHOWN = {**{one.value: one.value for one in Decision}, Decision.UNSURE.value: Label.INCONCLUSIVE.value}


@transaction.atomic
def decide(
    actor: Actor,
    *,
    upload: Upload,
    decision: str,
    note: str = "",
    tags: Iterable[str] = (),
    occasion: str = Occasion.QUEUE,
) -> Review:
    """Write down what a person decided; from now on it is shown in the place of the machine's verdict.

    Raises:
        Refused: invalid_decision, note_too_long, invalid_tags.
    """
    values = check(decision, note, tags) | {"occasion": occasion, "reviewer": actor.user}
    before, latest = standing(upload), upload.latest
    now = timezone.now()
    until = now + timedelta(seconds=settings.UNDO_SECONDS)
    machine = _machine(latest) if latest else {}
    made = Review.objects.create(upload=upload, created_at=now, effective_at=until, **values, **machine)
    details = {"review": made.pk, "decision": decision, "occasion": str(occasion), "machine": made.machine_label}
    details |= {"before": before.decision if before else None}
    _record(actor, "review.decided", made, details)
    happenings.review_given.send(Review, review=made)
    return made


@transaction.atomic
def undo(actor: Actor, *, review: Review) -> None:
    """Take a decision back while its undo period lasts; its row stays, and what stood before stands again.

    Raises:
        Refused: not_yours, too_late.
    """
    if actor.user is None or not can_undo(actor.user, review):
        raise Refused("not_yours", _("Only who decided this, or an administrator, can take it back."))
    now = timezone.now()
    open_still = Review.objects.filter(pk=review.pk, undone_at=None, settled_at=None, effective_at__gt=now)
    if not open_still.update(undone_at=now):
        raise Refused("too_late", _("This decision cannot be taken back any more. Decide anew instead."))
    review.undone_at = now
    details = {"review": review.pk, "decision": review.decision}
    _record(actor, "review.undone", review, details)
    happenings.review_undone.send(Review, review=review)


def standing(upload: Upload) -> Review | None:
    """The newest decision that was not taken back, chosen in Python so that a prefetched list is used."""
    kept = (one for one in upload.reviews.all() if one.undone_at is None)
    return max(kept, key=lambda one: one.pk, default=None)


def shown_label(upload: Upload) -> str | None:
    """The label that is shown of an upload: a person's before the machine's; None while there is neither.

    For lists and filters the data base keeps it in the column of this name (shown.py).
    """
    if review := standing(upload):
        return SHOWN[review.decision]
    latest = upload.latest
    return latest.label if latest and latest.state == State.DONE else None


def is_final(review: Review) -> bool:
    """Whether its undo period is over."""
    return review.undone_at is None and review.effective_at <= timezone.now()


def settle() -> int:
    """Announce, once each, the decisions whose undo period is over and that still stand; how many. For `sweep`."""
    due = Review.objects.filter(settled_at=None, undone_at=None, effective_at__lte=timezone.now())
    return sum(_settled(pk) for pk in list(due.order_by("pk").values_list("pk", flat=True)))


def _settled(pk: int) -> bool:
    try:
        return _settle(Review.objects.select_related("upload__owner", "reviewer").get(pk=pk))
    except Review.DoesNotExist:  # its upload was deleted meanwhile
        return False
    except Exception:  # one receiver that fails must not hold up the others; the next sweep tries again
        log.exception("review %s was not announced", pk)
        return False


@transaction.atomic
def _settle(review: Review) -> bool:
    """A decision that a newer one covers waits until that one is for good, since it may be taken back."""
    newest = standing(review.upload)
    if newest is None or (newest.pk != review.pk and not is_final(newest)):
        return False
    open_still = Review.objects.filter(pk=review.pk, settled_at=None, undone_at=None)
    if not open_still.update(settled_at=timezone.now()) or newest.pk != review.pk:
        return False
    details = {"review": review.pk, "decision": review.decision}
    _record(SYSTEM, "review.effective", review, details)
    happenings.review_effective.send(Review, review=review)
    return True


def _record(actor: Actor, action: str, made: Review, details: dict[str, Any]) -> None:
    audit.record(actor, action, target=f"upload:{made.upload_id}", details=details, model=made.machine_version)


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Tags in small letters and single spaces, each once, in the order in which they were given.

    Raises:
        Refused: invalid_tags.
    """
    cleaned = (" ".join(str(tag).split()).lower() for tag in tags)
    found = list(dict.fromkeys(tag for tag in cleaned if tag))
    if len(found) > MAX_TAGS or any(len(tag) > MAX_TAG or "," in tag or not tag.isprintable() for tag in found):
        raise Refused(
            "invalid_tags",
            _("At most %(max_tags)s tags, of at most %(max_tag)s characters each, without commas.")
            % {"max_tags": MAX_TAGS, "max_tag": MAX_TAG},
        )
    return found


def check(decision: str, note: str, tags: Iterable[str]) -> dict[str, object]:
    """The three as they are kept.

    Raises:
        Refused: invalid_decision, note_too_long, invalid_tags.
    """
    if decision not in Decision.values:
        raise Refused("invalid_decision", _("Decide one of these: %(known)s.") % {"known": ", ".join(Decision.values)})
    if len(note.strip()) > MAX_NOTE:
        raise Refused(
            "note_too_long",
            _("The note is longer than %(most)s characters. Shorten it.") % {"most": figure(MAX_NOTE, ",")},
        )
    return {"decision": decision, "note": note.strip(), "tags": clean_tags(tags)}


def _machine(latest: Analysis) -> dict[str, object]:
    """What the machine said at this moment; evidence may revise it later."""
    copied = {"machine_label": latest.label, "machine_probability": latest.fake_probability}
    return {"analysis": latest, "machine_version": latest.model.version, **copied}
