"""The queue: who puts an upload into it, who may take it, and for how long it is theirs.

A claim is one conditional update of the item's own columns. It must not look at other tables: on PostgreSQL an UPDATE
that waited for another's lock checks its own row again, but not what a subquery saw before.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import SYSTEM, Actor
from accounts.models import User
from accounts.roles import is_moderator
from desk import sampling
from desk.models import ItemState, QueueItem, Reason
from desk.queries import QueueQuerySet
from detector import models_in_use, review
from detector.errors import Refused
from detector.models import Analysis, Review, Upload

_DOUBTS = (Reason.INCONCLUSIVE, Reason.LOW_MARGIN, Reason.SAMPLED)  # what the machine itself brings here
_AT_ONCE = 20  # candidates that are read before one of them is claimed


def consider(analysis: Analysis, *, first: bool = False) -> None:
    """Put a verdict into the queue if somebody should look, or take it out again if evidence has settled the doubt.

    Part of the act that gave the verdict. Only the `first` verdict draws: a later one would draw the same.
    """
    if review.standing(analysis.upload):
        return  # a person has decided already
    doubt = sampling.doubt(analysis)
    drawn = first and _is_drawn_anew(analysis.upload)
    item = _waiting(analysis.upload)
    if item and item.reason in _DOUBTS:
        _reconsider(item, doubt)
    elif item is None and (doubt or drawn):
        _add(SYSTEM, analysis.upload, reason=doubt or Reason.SAMPLED, sampled=drawn)


def _is_drawn_anew(upload: Upload) -> bool:
    return sampling.is_drawn(upload.pk) and not QueueItem.objects.filter(upload=upload, sampled=True).exists()


def _reconsider(item: QueueItem, doubt: Reason | None) -> None:
    """An item that waits for doubt alone goes once the doubt has gone, unless somebody looks at it already."""
    reason = doubt or (Reason.SAMPLED if item.sampled else None)
    waiting = QueueItem.objects.open().filter(pk=item.pk)
    if reason:
        waiting.exclude(reason=reason).update(reason=reason)
    elif waiting.filter(claimed_by=None).update(state=ItemState.WITHDRAWN, closed_at=timezone.now()):
        _record(SYSTEM, "queue.withdrawn", item)


@transaction.atomic
def put(actor: Actor, *, upload: Upload, reason: str = Reason.ASSIGNED, assigned_to: User | None = None) -> QueueItem:
    """Put an upload into the queue, or return its place there. A complaint takes the place of a mere doubt.

    Raises:
        Refused: invalid_assignee.
    """
    if assigned_to and not is_moderator(assigned_to):
        raise Refused("invalid_assignee", _("Only moderators can review. Choose one of them."))
    item = _waiting(upload)
    if item is None:
        return _add(actor, upload, reason=reason, assigned_to=assigned_to)
    raised = reason if reason == Reason.DISPUTED or item.reason in _DOUBTS else item.reason
    kept = assigned_to or item.assigned_to
    if (raised, kept) == (item.reason, item.assigned_to):
        return item
    if not QueueItem.objects.open().filter(pk=item.pk).update(reason=raised, assigned_to=kept):
        return _add(actor, upload, reason=reason, assigned_to=assigned_to)  # it was decided this very moment
    item.reason, item.assigned_to = raised, kept
    _record(actor, "queue.raised", item, reason=raised)
    return item


@transaction.atomic
def ask_for_second(actor: Actor, *, first: Review) -> QueueItem:
    """A second opinion on a decision, from anybody but who made it.

    Raises:
        Refused: not_standing, taken.
    """
    standing = review.standing(first.upload)
    if standing is None or standing.pk != first.pk:
        raise Refused("not_standing", _("This decision does not stand any more. Ask about the one that does."))
    item = _waiting(first.upload)
    if item is None:
        return _add(actor, first.upload, reason=Reason.SECOND, second_to=first)
    if item.second_to_id != first.pk:
        free = QueueItem.objects.open().filter(pk=item.pk, claimed_by=None)
        if not free.update(reason=Reason.SECOND, second_to=first):
            raise Refused("taken", _("Somebody looks at this image just now. Ask again when they have decided."))
        _record(actor, "queue.raised", item, reason=Reason.SECOND)
        item.refresh_from_db()
    return item


def _waiting(upload: Upload) -> QueueItem | None:
    """Its place in the queue; there is at most one."""
    found: QueueItem | None = QueueItem.objects.open().filter(upload=upload).first()
    return found


def _add(actor: Actor, upload: Upload, **values: Any) -> QueueItem:
    item: QueueItem
    item, made = QueueItem.objects.get_or_create(upload=upload, state=ItemState.OPEN, defaults=values)
    if made:
        _record(actor, "queue.added", item, reason=item.reason, sampled=item.sampled)
    return item


def take_next(
    actor: Actor, *, among: QueueQuerySet | None = None, after: QueueItem | None = None, fresh: bool = False
) -> QueueItem | None:
    """Claim the oldest image that this person may review, or None when there is none.

    `among` narrows the queue; behind `after` one begins, and comes round to it last. Without it, what one holds
    already comes first; with `fresh` that is passed over, so that several programs of one person get different images.
    """
    person = reviewer(actor)
    rows = QueueItem.objects.all() if among is None else among
    rounds = [rows.behind(after), rows] if after else [rows] if fresh else [rows.held_by(person), rows]
    found = (item for part in rounds for item in _candidates(part.unclaimed() if fresh else part, person))
    return next((item for item in found if _claim(actor, person, item, fresh)), None)


def _candidates(rows: QueueQuerySet, person: User) -> Iterator[QueueItem]:
    """Free items in order, read in handfuls: while one is tried others may go, and new ones come."""
    tried: set[int] = set()
    while found := list(rows.free_for(person).exclude(pk__in=tried)[:_AT_ONCE]):
        tried |= {item.pk for item in found}
        yield from found


def upcoming(person: User, *, among: QueueQuerySet, after: QueueItem) -> QueueItem | None:
    """What `take_next` would most likely give, unclaimed: a page may fetch its picture ahead."""
    free = among.free_for(person).exclude(pk=after.pk).select_related("upload")
    return free.behind(after).first() or free.first()


def claim(actor: Actor, *, item: QueueItem) -> None:
    """Take this image.

    Raises:
        Refused: not_open, not_for_you, taken.
    """
    person = reviewer(actor)
    check(person, item)
    if not _claim(actor, person, item):
        raise Refused("taken", taken(item))


def check(person: User, item: QueueItem) -> None:
    """Refuse what this person may not review, with a sentence that says why.

    Raises:
        Refused: not_open, not_for_you.
    """
    if not QueueItem.objects.open().filter(pk=item.pk).exists():
        raise Refused("not_open", _("This image does not wait for a decision any more."))
    if not QueueItem.objects.meant_for(person).filter(pk=item.pk).exists():
        raise Refused("not_for_you", why_not(person, item))


def why_not(person: User, item: QueueItem) -> str:
    """One sentence: why this person may not review it."""
    if item.second_to and item.second_to.reviewer_id == person.pk:
        return _("The first decision was yours: a second opinion is another person’s.")
    if item.reason == Reason.DISPUTED and item.upload.owner_id == person.pk:
        return _("The complaint is yours: another person decides it.")
    if item.reason == Reason.DISPUTED and not item.assigned_to:
        return _("The complaint is about a decision of yours: another person looks at it.")
    kept = item.assigned_to.get_username() if item.assigned_to else _("somebody else")
    return _("This image is kept for %(name)s. Assign it to yourself to review it.") % {"name": kept}


@transaction.atomic
def _claim(actor: Actor, person: User, item: QueueItem, fresh: bool = False) -> bool:
    """One conditional update: of several who try at once, one gets the item. A claim of one's own is renewed."""
    mine = item.claimed_by_id == person.pk
    until, mark = timezone.now() + lease(), within_reach(person, item)
    if (mark.unclaimed() if fresh else mark).update(claimed_by=person, lease_until=until) != 1:
        return False
    item.claimed_by, item.lease_until = person, until
    if not mine:
        _record(actor, "queue.claimed", item)
    return True


def within_reach(person: User, item: QueueItem) -> QueueQuerySet:
    """The item, if it is open, in nobody else's hands, and still what was read a moment ago: for one UPDATE."""
    same = QueueItem.objects.open().filter(pk=item.pk, assigned_to=item.assigned_to_id, second_to=item.second_to_id)
    return same.unclaimed_by_others(person)


def taken(item: QueueItem) -> str:
    """One sentence: who has this image."""
    holder = QueueItem.objects.filter(pk=item.pk).select_related("claimed_by").first()
    who = holder.claimed_by.get_username() if holder and holder.claimed_by else _("Another person")
    sentence = _("%(name)s looks at this image just now. It is free again when they are done or have gone away.")
    return sentence % {"name": who}


def renew(actor: Actor, *, item: QueueItem) -> datetime | None:
    """Hold on to an image while its page is open; None when another person has it by now."""
    until = timezone.now() + lease()
    mine = QueueItem.objects.open().filter(pk=item.pk, claimed_by=reviewer(actor))
    return until if mine.update(lease_until=until) else None


@transaction.atomic
def release(actor: Actor, *, item: QueueItem) -> bool:
    """Give an image back without a decision; False when it was not this person's."""
    mine = QueueItem.objects.open().filter(pk=item.pk, claimed_by=reviewer(actor))
    if not mine.update(claimed_by=None, lease_until=None):
        return False
    _record(actor, "queue.released", item)
    return True


@transaction.atomic
def assign(actor: Actor, *, item: QueueItem, person: User | None) -> None:
    """Keep an image for one person, or, with None, for nobody.

    Raises:
        Refused: not_open, invalid_assignee.
    """
    if person and not is_moderator(person):
        raise Refused("invalid_assignee", _("Only moderators can review. Choose one of them."))
    if person and item.second_to and item.second_to.reviewer_id == person.pk:
        raise Refused(
            "invalid_assignee", _("The first decision was theirs: choose another person for the second opinion.")
        )
    if not QueueItem.objects.open().filter(pk=item.pk).update(assigned_to=person):
        raise Refused("not_open", _("This image does not wait for a decision any more."))
    _record(actor, "queue.assigned", item, to=f"user:{person.pk}" if person else None)


@transaction.atomic
def withdraw(actor: Actor, *, item: QueueItem) -> None:
    """Take an image out of the queue undecided; a complaint stays until it is decided or taken back.

    Raises:
        Refused: not_for_you, not_open, taken.
    """
    person = reviewer(actor)
    waiting = QueueItem.objects.open().filter(pk=item.pk).exclude(reason=Reason.DISPUTED)
    if not waiting.exists():
        raise Refused("not_open", _("Only what still waits, and what nobody disputes, can be taken out."))
    closed = {"state": ItemState.WITHDRAWN, "closed_at": timezone.now(), "claimed_by": None, "lease_until": None}
    if not waiting.unclaimed_by_others(person).update(**closed):
        raise Refused("taken", taken(item))
    _record(actor, "queue.withdrawn", item)


def free() -> int:
    """Forget claims whose time is over; how many. They count as free already: this only clears the names."""
    gone = QueueItem.objects.open().filter(lease_until__lt=timezone.now())
    return gone.update(claimed_by=None, lease_until=None)


def lease() -> timedelta:
    """How long a claim holds without being renewed."""
    return timedelta(seconds=settings.CLAIM_SECONDS)


def reviewer(actor: Actor) -> User:
    """Who acts, as somebody who may review.

    Raises:
        Refused: not_for_you.
    """
    if actor.user is None or not is_moderator(actor.user):
        raise Refused("not_for_you", _("Only moderators review."))
    return actor.user


def _record(actor: Actor, action: str, item: QueueItem, **details: Any) -> None:
    target, model = f"upload:{item.upload_id}", models_in_use.version_of(item.upload)
    audit.record(actor, action, target=target, details={"item": item.pk, **details}, model=model)
