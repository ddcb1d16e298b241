"""Uploads and their bytes: a minute, a day, a month, and all that is kept.

`look` is asked before a file is decoded, so that who has used up their share costs nothing; `take` counts within the
transaction of the upload, and with it is undone: a refused file, and a repeat that makes no upload, cost nothing.
"""

from typing import Any, TypeAlias

from django.db.models import F, QuerySet
from django.dispatch import Signal
from django.utils.translation import gettext as _

from accounts import allowances, counting, spent
from accounts.audit import Actor
from accounts.counting import EPOCH, Ask, Full
from accounts.errors import Refused
from accounts.models import Measure, UsageCounter, User

Counters: TypeAlias = "QuerySet[UsageCounter]"
kept_asked = Signal()  # person=User: answers with the bytes of theirs that are kept


def look(actor: Actor, *, owner: User, size: int) -> None:
    """Say at once that there is no room; `take` has the last word.

    Raises:
        Refused: limit_reached, storage_full.
    """
    for state in counting.look(_asks(actor, owner, size)):
        if state.ask.most and state.amount + state.ask.amount > state.ask.most:
            raise _refusal(Full(state.ask))


def take(actor: Actor, *, owner: User, size: int) -> None:
    """Count one upload; called inside its transaction, before its row is written.

    Raises:
        Refused: limit_reached, storage_full.
    """
    know_kept(owner)
    try:
        spent.tell(counting.add(_asks(actor, owner, size)))
    except Full as full:
        raise _refusal(full) from None


def give_back(*, owner_id: int, size: int) -> None:
    """An upload was deleted: what it took of the storage is free; what was handed in stays counted."""
    room_of(owner_id).update(amount=F("amount") - size)


def know_kept(person: User) -> int:
    """What a person keeps, in bytes; of an account that is older than the counter it is summed up once."""
    found = room_of(person.pk).values_list("amount", flat=True).first()
    if found is not None:
        return found
    answers: list[Any] = [answer for _receiver, answer in kept_asked.send(User, person=person)]
    amount = int(sum(answers))
    row = {"subject": f"user:{person.pk}", "measure": Measure.KEPT, "period": "ever", "since": EPOCH}
    counter = UsageCounter(**row, amount=amount, most=counting.NONE, person=person)
    UsageCounter.objects.bulk_create([counter], ignore_conflicts=True)
    return amount


def room_of(person_id: int) -> Counters:
    """What a person keeps: the row that each hand-in and each deletion of theirs holds first."""
    return UsageCounter.objects.filter(subject=f"user:{person_id}", measure=Measure.KEPT, period="ever")


def _asks(actor: Actor, owner: User, size: int) -> list[Ask]:
    """Every counter of an upload: what the site itself hands in is counted without limit."""
    amounts = {Measure.UPLOADS: 1, Measure.BYTES: size, Measure.KEPT: size}
    asks = []
    for limit in allowances.counted(*amounts):
        measure, window = Measure(limit.measure), counting.window(limit.period)
        most = allowances.of_person(owner, limit.name) if actor.user else 0
        asks.append(Ask(f"user:{owner.pk}", measure, window, amounts[measure], most, owner.pk))
        if actor.token and limit.name in allowances.OF_TOKENS:
            narrow = allowances.of_token(actor.token, limit.name)
            if not narrow and limit.period != "day":  # days are shown; the rest is counted for a limit's sake
                continue
            asks.append(Ask(f"token:{actor.token.pk}", measure, window, amounts[measure], narrow, owner.pk))
    return asks


def _refusal(full: Full) -> Refused:
    if full.ask.measure != Measure.KEPT:
        return spent.refusal(full)
    most = spent.bytes_words(full.ask.most)
    sentence = _("You keep as much as you may: %(most)s. Delete what you no longer need, then hand this in again.")
    return Refused("storage_full", sentence % {"most": most}, 409, fields={"what": "kept", "limit": full.ask.most})
