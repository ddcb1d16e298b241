"""Appeals: the owner of an upload disputes what is shown of it, a person decides, the owner is told.

    PENDING ──a decision is for good──▶ UPHELD | OVERTURNED
       └──taken back──▶ WITHDRAWN

The upload lies in the queue as disputed meanwhile. How it ended is told by comparing the decision with what was shown
when the appeal was made, which is why that is kept.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from accounts.roles import owns
from desk import attachments, queue, sampling
from desk.attachments import Kept
from desk.models import Appeal, ItemState, Outcome, QueueItem, Reason
from detector import models_in_use, review
from detector.errors import Refused
from detector.models import Review, Upload
from detector.sentences import figure

MAX_NOTE = 2000
MOST = 3  # decided appeals against one upload: then people have looked often enough


def make(actor: Actor, *, upload: Upload, note: str, file: "UploadedFile[bytes] | None" = None) -> Appeal:
    """Dispute what is shown of an upload of one's own; it goes to the queue, before whatever else brought it there.

    Raises:
        Refused: not_yours, not_ready, empty_note, note_too_long, appeal_pending, too_many_appeals, and what is wrong
            with the file.
    """
    note = _checked(actor, upload, note)
    kept = attachments.keep(upload, file) if file else None
    try:
        return _make(actor, upload, note, kept)
    except Exception as error:
        attachments.forget([kept.path] if kept else [])
        if isinstance(error, IntegrityError):  # two clicks at once
            raise _already_pending() from None
        raise


def take_back(actor: Actor, *, appeal: Appeal) -> None:
    """End one's own appeal before it is decided; what was attached is removed.

    Raises:
        Refused: not_yours, not_pending.
    """
    if actor.user is None or not owns(actor.user, appeal.upload):
        raise Refused("not_yours", _("Only its owner can take an appeal back."))
    path = appeal.attachment
    with transaction.atomic():
        gone = {"attachment": "", "attachment_name": "", "attachment_sha256": "", "attachment_bytes": 0}
        if not _end(appeal, Outcome.WITHDRAWN, **gone):
            raise Refused("not_pending", _("This appeal was decided already."))
        _calm(appeal.upload)
        _record(actor, "appeal.withdrawn", appeal)
        transaction.on_commit(partial(attachments.forget, [path] if path else []))


def end(decided: Review) -> Appeal | None:
    """The appeal that this decision ends; None where there is none. Part of the act that makes the decision final."""
    asked = Appeal.objects.filter(
        upload_id=decided.upload_id, outcome=Outcome.PENDING, created_at__lte=decided.created_at
    )
    appeal = asked.select_related("upload").first()
    if appeal is None:
        return None
    stands = review.SHOWN[decided.decision] == appeal.shown
    if not _end(appeal, Outcome.UPHELD if stands else Outcome.OVERTURNED, review=decided):
        return None
    _record(audit.SYSTEM, "appeal.decided", appeal, outcome=str(appeal.outcome), review=decided.pk)
    return appeal


def forget(upload: Upload) -> None:
    """The upload goes, and with it what was attached to its appeals. Part of the act that deletes it."""
    paths = list(upload.appeals.exclude(attachment="").values_list("attachment", flat=True))
    transaction.on_commit(partial(attachments.forget, paths))


def note_read(actor: Actor, *, appeal: Appeal) -> None:
    """Write down that somebody else than the owner took an attachment."""
    if actor.user and not owns(actor.user, appeal.upload):
        _record(actor, "appeal.attachment_read", appeal)


def of(upload: Upload) -> QuerySet[Appeal]:
    """The appeals against what was shown of an upload, newest first."""
    return Appeal.objects.filter(upload=upload).select_related("review__reviewer")


def pending(upload: Upload) -> Appeal | None:
    """The appeal that waits for a decision; there is at most one."""
    return of(upload).filter(outcome=Outcome.PENDING).first()


def why_not(person: User, upload: Upload) -> Refused | None:
    """What stands against an appeal now, or None: for pages that would offer it."""
    if not owns(person, upload):
        return Refused("not_yours", _("Only its owner can dispute a verdict."))
    if review.shown_label(upload) is None:
        return Refused("not_ready", _("There is no verdict yet that could be disputed."))
    return _too_many(person, upload)


def _checked(actor: Actor, upload: Upload, note: str) -> str:
    if actor.user is None:
        raise Refused("not_yours", _("Only its owner can dispute a verdict."))
    if refusal := why_not(actor.user, upload):
        raise refusal
    note = note.strip()
    if not note:
        raise Refused("empty_note", _("Say in a sentence or two why the verdict is wrong."))
    if len(note) > MAX_NOTE:
        raise Refused(
            "note_too_long",
            _("The note is longer than %(most)s characters. Shorten it.") % {"most": figure(MAX_NOTE, ",")},
        )
    return note


def _too_many(person: User, upload: Upload) -> Refused | None:
    made = Appeal.objects.filter(upload=upload).exclude(outcome=Outcome.WITHDRAWN)
    if made.filter(outcome=Outcome.PENDING).exists():
        return _already_pending()
    if made.count() >= MOST:
        return Refused(
            "too_many_appeals",
            _("%(most)s appeals against this verdict were decided; there is no further one.") % {"most": MOST},
        )
    lately = Appeal.objects.filter(upload__owner=person, created_at__gt=timezone.now() - timedelta(days=1))
    if lately.count() >= settings.APPEALS_PER_DAY:
        return Refused(
            "too_many_appeals",
            _("At most %(most)s appeals a day. Go on tomorrow.") % {"most": settings.APPEALS_PER_DAY},
        )
    return None


def _already_pending() -> Refused:
    return Refused("appeal_pending", _("You have disputed this verdict already. A moderator will look at it."))


@transaction.atomic
def _make(actor: Actor, upload: Upload, note: str, kept: Kept | None) -> Appeal:
    User.objects.select_for_update().get(pk=upload.owner_id)  # counted and added in one step
    if refusal := _too_many(upload.owner, upload):
        raise refusal
    item = queue.put(actor, upload=upload, reason=Reason.DISPUTED)
    values: dict[str, Any] = {"shown": review.shown_label(upload), "note": note, "item": item}
    if kept:
        values |= {"attachment": kept.path, "attachment_name": kept.name, "attachment_bytes": kept.bytes}
        values |= {"attachment_sha256": kept.sha256}
    appeal = Appeal.objects.create(upload=upload, **values)
    _record(actor, "appeal.made", appeal, shown=appeal.shown, with_attachment=kept is not None)
    return appeal


def _end(appeal: Appeal, outcome: Outcome, **values: Any) -> bool:
    """The one way out of PENDING."""
    values |= {"outcome": outcome, "decided_at": timezone.now()}
    if Appeal.objects.filter(pk=appeal.pk, outcome=Outcome.PENDING).update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(appeal, name, value)
    return True


def _calm(upload: Upload) -> None:
    """Nobody disputes it any more: it waits for what else brought it into the queue, or goes, unless looked at."""
    item = QueueItem.objects.open().filter(upload=upload, reason=Reason.DISPUTED).first()
    if item is None:
        return
    same = QueueItem.objects.open().filter(pk=item.pk, reason=Reason.DISPUTED)
    if reason := _reason_left(item):
        same.update(reason=reason)
    else:
        same.filter(claimed_by=None).update(state=ItemState.WITHDRAWN, closed_at=timezone.now())


def _reason_left(item: QueueItem) -> Reason | None:
    if item.second_to_id:
        return Reason.SECOND
    if item.assigned_to_id:
        return Reason.ASSIGNED
    if review.standing(item.upload) or item.upload.latest is None:
        return None
    return sampling.doubt(item.upload.latest) or (Reason.SAMPLED if item.sampled else None)


def _record(actor: Actor, action: str, appeal: Appeal, **details: Any) -> None:
    target, model = f"upload:{appeal.upload_id}", models_in_use.version_of(appeal.upload)
    audit.record(actor, action, target=target, details={"appeal": appeal.pk, **details}, model=model)
