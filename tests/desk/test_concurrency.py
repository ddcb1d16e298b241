"""Many at once, with real threads and real transactions; tests/services runs them on PostgreSQL too."""

import pytest

from accounts.audit import Actor, verify_chain
from desk import deciding, queue
from desk.models import QueueItem
from detector import review
from detector.errors import Refused
from detector.models import Review
from tests.desk.conftest import fresh
from tests.detector.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_who_take_at_once_each_gets_another_image(waiting, moderator, colleague):
    waiting(6)
    people = [moderator, colleague] * 4
    taken = at_once(lambda person: queue.take_next(Actor(user=person), fresh=True), people)
    found = [item.pk for item in taken if item]
    assert len(found) == len(set(found)) == 6
    assert verify_chain() is None


def test_of_many_who_decide_one_image_at_once_one_does(waiting, moderator, colleague):
    (item,) = waiting()

    def decide(person):
        try:
            return deciding.decide(Actor(user=person), item=fresh(item), decision="manipulated")
        except Refused:
            return None

    made = [one for one in at_once(decide, [moderator, colleague] * 4) if one]
    assert len(made) == Review.objects.count() == 1
    assert fresh(item).review == made[0]
    assert verify_chain() is None


def test_of_many_who_put_one_upload_in_at_once_there_is_one_item(upload, moderator):
    items = at_once(lambda _: queue.put(Actor(user=moderator), upload=upload), range(8))
    assert len({item.pk for item in items}) == QueueItem.objects.count() == 1


def test_a_decision_is_undone_once_and_announced_once(waiting, moderator, settings):
    first, second = waiting(2)
    made = deciding.decide(Actor(user=moderator), item=first, decision="manipulated")

    def undo(_):
        try:
            review.undo(Actor(user=moderator), review=Review.objects.get(pk=made.pk))
        except Refused:
            return False
        return True

    assert sum(at_once(undo, range(6))) == 1
    settings.UNDO_SECONDS = 0
    deciding.decide(Actor(user=moderator), item=second, decision="manipulated")
    assert sum(at_once(lambda _: review.settle(), range(6))) == 1
