"""Decisions from the queue: one image, or many at once; taken back, they lie in the queue again."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import Actor
from accounts.models import User
from desk import habits, queue
from desk.models import ItemState, QueueItem, Reason
from detector import review
from detector.errors import Refused
from detector.models import Occasion, Review

MAX_BULK = 200  # images that are decided or assigned with one press
_OCCASIONS = {Reason.SECOND: Occasion.SECOND, Reason.DISPUTED: Occasion.APPEAL}


@dataclass(slots=True)
class Bulk:
    """What became of many: how many were done, by which decisions, and why the others were not."""

    done: int = 0
    made: list[Review] = field(default_factory=list)
    refused: list[tuple[QueueItem, str]] = field(default_factory=list)


@transaction.atomic
def decide(
    actor: Actor, *, item: QueueItem, decision: str, note: str = "", tags: Iterable[str] = (), bulk: bool = False
) -> Review:
    """Decide what one holds, or what nobody holds: the item is closed by one conditional update, hence once.

    Raises:
        Refused: not_open, not_for_you, taken, and what `review.decide` refuses.
    """
    person = queue.reviewer(actor)
    queue.check(person, item)
    blind = habits.of(person).hide_machine
    closed = {"state": ItemState.DONE, "claimed_by": person, "lease_until": None, "closed_at": timezone.now()}
    if not queue.within_reach(person, item).update(**closed, blind=blind):
        raise Refused("taken", queue.taken(item))
    occasion = Occasion.BULK if bulk else _OCCASIONS.get(Reason(item.reason), Occasion.QUEUE)
    made = review.decide(
        actor, upload=item.upload, decision=decision, note=note, tags=tags, occasion=occasion
    )  # which records the act
    QueueItem.objects.filter(pk=item.pk).update(review=made)
    return made


def decide_many(
    actor: Actor, *, items: Sequence[QueueItem], decision: str, note: str = "", tags: Sequence[str] = ()
) -> Bulk:
    """The same decision on many images, each an act of its own: one that is refused keeps no other from its turn.

    Raises:
        Refused: too_many, and what is wrong with the decision itself.
    """
    _bounded(items)
    review.check(decision, note, tags)
    told = Bulk()
    for item in items:
        try:
            told.made.append(decide(actor, item=item, decision=decision, note=note, tags=tags, bulk=True))
            told.done += 1
        except Refused as error:
            told.refused.append((item, error.detail))
    return told


def assign_many(actor: Actor, *, items: Sequence[QueueItem], person: User | None) -> Bulk:
    """Keep many images for one person, or for nobody.

    Raises:
        Refused: too_many.
    """
    _bounded(items)
    told = Bulk()
    for item in items:
        try:
            queue.assign(actor, item=item, person=person)
            told.done += 1
        except Refused as error:
            told.refused.append((item, error.detail))
    return told


def _bounded(items: Sequence[QueueItem]) -> None:
    if len(items) > MAX_BULK:
        raise Refused("too_many", _("At most %(most)s images at once. Choose fewer.") % {"most": MAX_BULK})


def undo_many(actor: Actor, *, reviews: Iterable[Review]) -> int:
    """Take back what can still be taken back; how many that were. Each is an act of its own."""
    count = 0
    for made in reviews:
        with suppress(Refused):  # its time ran out while the others were taken back
            review.undo(actor, review=made)
            count += 1
    return count


def undoable(person: User) -> Review | None:
    """The newest decision of this person that can still be taken back."""
    return _undoable(person).order_by("-pk").first()


def undoable_of(person: User, pks: Iterable[int]) -> list[Review]:
    """Those of these decisions that are this person's and can still be taken back."""
    return list(_undoable(person).filter(pk__in=list(pks)))


def _undoable(person: User) -> QuerySet[Review]:
    own = Review.objects.filter(reviewer=person, undone_at=None, settled_at=None, effective_at__gt=timezone.now())
    return own.select_related("upload")


def reopen(undone: Review) -> None:
    """Its decision was taken back: the image waits again, in its old place. Part of the act that took it back."""
    item = QueueItem.objects.filter(review=undone, state=ItemState.DONE).first()
    if item is None:
        return
    # A second opinion on what was taken back is a first one, and anybody's.
    second = QueueItem.objects.open().filter(second_to=undone)
    second.filter(reason=Reason.SECOND).update(reason=item.reason)
    second.update(second_to=None)
    afresh = {"review": None, "claimed_by": None, "lease_until": None, "blind": False}
    try:
        with transaction.atomic():
            QueueItem.objects.filter(pk=item.pk).update(state=ItemState.OPEN, closed_at=None, **afresh)
    except IntegrityError:  # the upload lies in the queue again already, for another reason
        QueueItem.objects.filter(pk=item.pk).update(state=ItemState.WITHDRAWN, **afresh)
