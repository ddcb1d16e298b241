"""Decisions from the queue: once each, taken back into it, many at once."""

import pytest

from accounts.audit import Actor
from accounts.models import AuditEvent
from desk import deciding, habits, queue
from desk.models import ItemState, QueueItem, Reason
from detector import review
from detector.errors import Refused
from detector.models import Review, Upload
from tests.desk.conftest import expire, fresh

pytestmark = pytest.mark.django_db(transaction=True)


def decide(person, item, decision="manipulated", **options):
    return deciding.decide(Actor(user=person), item=item, decision=decision, **options)


def refused(code, act, *args, **options):
    with pytest.raises(Refused) as error:
        act(*args, **options)
    assert error.value.code == code


def test_a_decision_closes_the_item(waiting, moderator):
    (item,) = waiting()
    queue.claim(Actor(user=moderator), item=item)
    made = decide(moderator, item, note="Two left hands.", tags=["hands"])
    closed = fresh(item)
    assert (closed.state, closed.review, closed.claimed_by, closed.lease_until) == ("done", made, moderator, None)
    assert (made.occasion, made.note, made.tags) == ("queue", "Two left hands.", ["hands"])
    assert AuditEvent.objects.filter(action="review.decided").count() == 1


def test_an_image_is_decided_once(waiting, moderator, colleague):
    (item,) = waiting()
    decide(moderator, item)
    for person in (moderator, colleague):
        refused("not_open", decide, person, item, "authentic")
    assert Review.objects.count() == 1


def test_nobody_decides_what_another_looks_at(waiting, moderator, colleague):
    (item,) = waiting()
    queue.claim(Actor(user=moderator), item=item)
    refused("taken", decide, colleague, item)
    assert not Review.objects.exists()


def test_who_lost_the_claim_cannot_decide(waiting, moderator, colleague):
    (item,) = waiting()
    queue.claim(Actor(user=moderator), item=item)
    expire(item)
    queue.claim(Actor(user=colleague), item=fresh(item))
    refused("taken", decide, moderator, item)


def test_an_expired_claim_that_nobody_took_still_decides(waiting, moderator):
    (item,) = waiting()
    queue.claim(Actor(user=moderator), item=item)
    expire(item)
    assert decide(moderator, item)


def test_a_decision_that_is_refused_leaves_the_item_open(waiting, moderator):
    (item,) = waiting()
    queue.claim(Actor(user=moderator), item=item)
    refused("invalid_decision", decide, moderator, item, "perhaps")
    assert (fresh(item).state, fresh(item).claimed_by) == (ItemState.OPEN, moderator)


@pytest.mark.parametrize("name", ["owner", "stranger"])
def test_only_moderators_decide(waiting, request, name):
    (item,) = waiting()
    refused("not_for_you", decide, request.getfixturevalue(name), item)


def test_a_decision_on_a_complaint_says_so(upload, moderator, owner):
    item = queue.put(Actor(user=owner), upload=upload, reason=Reason.DISPUTED)
    assert decide(moderator, item).occasion == "appeal"


def test_an_undone_decision_lies_in_the_queue_again_in_its_old_place(waiting, moderator, colleague):
    first, _second = waiting(2)
    made = decide(moderator, first)
    review.undo(Actor(user=moderator), review=made)
    again = fresh(first)
    assert (again.state, again.review, again.closed_at, again.claimed_by) == ("open", None, None, None)
    assert queue.take_next(Actor(user=colleague)) == first


def test_what_was_put_in_again_meanwhile_lies_in_the_queue_once(waiting, moderator):
    (item,) = waiting()
    made = decide(moderator, item)
    queue.ask_for_second(Actor(user=moderator), first=made)
    review.undo(Actor(user=moderator), review=made)
    left = QueueItem.objects.open().get()
    assert fresh(item).state == ItemState.WITHDRAWN
    assert (left.reason, left.second_to) == ("assigned", None)  # it is a first opinion now, and anybody's
    assert queue.take_next(Actor(user=moderator)) == left


def test_the_newest_decision_can_be_taken_back_first(waiting, moderator, colleague):
    items = waiting(2)
    made = [decide(moderator, item) for item in items]
    assert deciding.undoable(moderator) == made[1]
    review.undo(Actor(user=moderator), review=made[1])
    assert deciding.undoable(moderator) == made[0]
    assert deciding.undoable(colleague) is None


def test_whether_the_machine_was_hidden_is_kept(waiting, moderator, colleague):
    habits.choose(Actor(user=moderator), hide_machine=True, keys=True)
    first, second = waiting(2)
    decide(moderator, first)
    decide(colleague, second)
    assert (fresh(first).blind, fresh(second).blind) == (True, False)


def test_habits_are_kept_and_written_down(moderator, colleague):
    assert (habits.of(moderator).hide_machine, habits.of(moderator).keys) == (False, True)
    habits.choose(Actor(user=moderator), hide_machine=True, keys=False)
    assert (habits.of(moderator).hide_machine, habits.of(moderator).keys) == (True, False)
    assert habits.of(colleague).keys is True
    assert AuditEvent.objects.get(action="desk.habits").details == {"hide_machine": True, "keys": False}


def test_many_are_decided_at_once_each_as_an_act_of_its_own(waiting, moderator, colleague):
    items = waiting(4)
    queue.claim(Actor(user=colleague), item=items[2])
    told = deciding.decide_many(Actor(user=moderator), items=items, decision="authentic", tags=["sports"])
    assert told.done == 3
    assert [(item, "colleague looks at" in why) for item, why in told.refused] == [(items[2], True)]
    assert set(Review.objects.values_list("occasion", "decision")) == {("bulk", "authentic")}
    assert AuditEvent.objects.filter(action="review.decided").count() == 3


def test_a_bulk_decision_that_cannot_be_meant_decides_nothing(waiting, moderator, monkeypatch):
    items = waiting(2)
    refused("invalid_decision", deciding.decide_many, Actor(user=moderator), items=items, decision="x")
    monkeypatch.setattr(deciding, "MAX_BULK", 1)
    refused("too_many", deciding.decide_many, Actor(user=moderator), items=items, decision="authentic")
    refused("too_many", deciding.assign_many, Actor(user=moderator), items=items, person=None)
    assert not Review.objects.exists()


def test_many_are_assigned_at_once(waiting, moderator, colleague):
    items = waiting(3)
    decide(moderator, items[0])
    told = deciding.assign_many(Actor(user=moderator), items=items, person=colleague)
    assert (told.done, [item for item, _ in told.refused]) == (2, [items[0]])
    assert QueueItem.objects.open().filter(assigned_to=colleague).count() == 2


def test_a_deleted_upload_takes_its_items_along(waiting, moderator, as_owner):
    (item,) = waiting()
    decide(moderator, item)
    as_owner.delete(f"/api/v1/uploads/{item.upload_id}/")
    assert not QueueItem.objects.exists()
    assert not Upload.objects.exists()
