"""Who has which image: claims, leases, assignment, second opinions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import SYSTEM, Actor, verify_chain
from accounts.models import AuditEvent, Role, User
from desk import deciding, queue
from desk.models import ItemState, QueueItem, Reason
from detector.errors import Refused
from fakedetect_site import rounds
from tests.desk.conftest import expire, fresh

pytestmark = pytest.mark.django_db(transaction=True)


def take(person, **options):
    return queue.take_next(Actor(user=person), **options)


def refused(code, act, *args, **options):
    with pytest.raises(Refused) as error:
        act(*args, **options)
    assert error.value.code == code
    return error.value


def test_the_oldest_comes_first(waiting, moderator, colleague):
    first, second, third = waiting(3)
    assert [take(moderator), take(colleague)] == [first, second]
    assert fresh(first).claimed_by == moderator
    assert fresh(third).claimed_by is None


def test_what_one_holds_comes_again_before_anything_else(waiting, moderator):
    first, _ = waiting(2)
    assert [take(moderator), take(moderator)] == [first, first]
    assert AuditEvent.objects.filter(action="queue.claimed").count() == 1


def test_several_programs_of_one_person_get_different_images(waiting, moderator):
    items = waiting(2)
    assert [take(moderator, fresh=True) for _ in range(3)] == [*items, None]
    assert queue._claim(Actor(user=moderator), moderator, items[0], fresh=True) is False
    expire(items[1])
    assert take(moderator, fresh=True) == items[1]


def test_an_empty_queue_gives_nothing(moderator):
    assert take(moderator) is None


def test_nobody_takes_what_another_looks_at(waiting, moderator, colleague):
    (item,) = waiting()
    take(moderator)
    assert take(colleague) is None
    error = refused("taken", queue.claim, Actor(user=colleague), item=item)
    assert "moderator looks at this image" in error.detail
    assert error.status == 409


def test_an_expired_claim_is_free_for_others(waiting, moderator, colleague):
    (item,) = waiting()
    take(moderator)
    expire(item)
    assert take(colleague) == item
    assert fresh(item).claimed_by == colleague
    assert queue.renew(Actor(user=moderator), item=item) is None


def test_a_page_that_stays_open_renews_its_claim(waiting, moderator, settings):
    (item,) = waiting()
    take(moderator)
    settings.CLAIM_SECONDS = 3600
    until = queue.renew(Actor(user=moderator), item=item)
    assert until > timezone.now() + timedelta(minutes=59)
    assert fresh(item).lease_until == until


def test_what_is_given_back_is_free(waiting, moderator, colleague):
    (item,) = waiting()
    take(moderator)
    assert queue.release(Actor(user=moderator), item=item) is True
    assert queue.release(Actor(user=moderator), item=item) is False
    assert take(colleague) == item
    assert AuditEvent.objects.filter(action="queue.released").count() == 1


def test_nobody_gives_back_what_another_holds(waiting, moderator, colleague):
    (item,) = waiting()
    take(moderator)
    assert queue.release(Actor(user=colleague), item=item) is False
    assert fresh(item).claimed_by == moderator


def test_next_goes_on_behind_and_comes_round(waiting, moderator):
    items = waiting(3)
    seen = [take(moderator)]
    for _ in range(3):
        queue.release(Actor(user=moderator), item=seen[-1])
        seen.append(take(moderator, after=seen[-1]))
    assert seen == [*items, items[0]]


def test_a_queue_can_be_narrowed(waiting, moderator):
    waiting(2)
    (disputed,) = QueueItem.objects.order_by("-pk")[:1]
    QueueItem.objects.filter(pk=disputed.pk).update(reason=Reason.DISPUTED)
    assert take(moderator, among=QueueItem.objects.filter(reason=Reason.DISPUTED)) == disputed


def test_the_page_learns_what_comes_next_without_taking_it(waiting, moderator):
    first, second = waiting(2)
    take(moderator)
    assert queue.upcoming(moderator, among=QueueItem.objects.all(), after=first) == second
    assert fresh(second).claimed_by is None


@pytest.mark.parametrize("name", ["owner", "stranger"])
def test_only_moderators_take(waiting, request, name):
    (item,) = waiting()
    someone = request.getfixturevalue(name)
    refused("not_for_you", queue.take_next, Actor(user=someone))
    refused("not_for_you", queue.claim, Actor(user=someone), item=item)
    refused("not_for_you", queue.take_next, SYSTEM)


def test_what_is_kept_for_one_is_not_given_to_another(waiting, moderator, colleague):
    (item,) = waiting()
    queue.assign(Actor(user=moderator), item=item, person=colleague)
    assert take(moderator) is None
    error = refused("not_for_you", queue.claim, Actor(user=moderator), item=fresh(item))
    assert "kept for colleague" in error.detail
    assert take(colleague) == item
    assert AuditEvent.objects.get(action="queue.assigned").details["to"] == f"user:{colleague.pk}"


def test_a_claim_does_not_get_past_an_assignment_that_came_meanwhile(waiting, moderator, colleague):
    (item,) = waiting()
    queue.assign(Actor(user=moderator), item=fresh(item), person=colleague)
    assert queue._claim(Actor(user=moderator), moderator, item) is False  # as it was read before


def test_what_is_kept_for_nobody_is_for_all(waiting, moderator, colleague):
    (item,) = waiting(assigned_to=colleague)
    queue.assign(Actor(user=moderator), item=item, person=None)
    assert take(moderator) == item


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.USER}])
def test_what_is_kept_for_somebody_who_left_is_for_all(waiting, moderator, colleague, change):
    (item,) = waiting(assigned_to=colleague)
    User.objects.filter(pk=colleague.pk).update(**change)
    assert take(moderator) == item


def test_only_moderators_are_assigned(waiting, moderator, stranger, upload):
    (item,) = waiting()
    refused("invalid_assignee", queue.assign, Actor(user=moderator), item=item, person=stranger)
    refused("invalid_assignee", queue.put, Actor(user=moderator), upload=upload, assigned_to=stranger)


def test_a_second_opinion_is_another_persons(decided, upload, moderator, colleague):
    first = decided(upload, "authentic")
    item = queue.ask_for_second(Actor(user=moderator), first=first)
    assert (item.reason, item.second_to) == ("second", first)
    assert take(moderator) is None
    error = refused("not_for_you", queue.claim, Actor(user=moderator), item=item)
    assert "another person" in error.detail
    refused("invalid_assignee", queue.assign, Actor(user=moderator), item=item, person=moderator)
    assert take(colleague) == item
    made = deciding.decide(Actor(user=colleague), item=fresh(item), decision="manipulated")
    assert made.occasion == "second"


def test_asking_twice_for_a_second_opinion_is_one_question(decided, upload, moderator):
    first = decided(upload)
    items = [queue.ask_for_second(Actor(user=moderator), first=first) for _ in range(2)]
    assert items[0] == items[1]


def test_a_second_opinion_is_asked_about_what_stands(decided, upload, moderator, colleague):
    first = decided(upload, "authentic")
    decided(upload, "manipulated", by=colleague)
    refused("not_standing", queue.ask_for_second, Actor(user=moderator), first=first)


def test_a_complaint_is_not_decided_by_who_made_it(submit, moderator, colleague):
    own = submit(moderator)
    item = queue.put(Actor(user=moderator), upload=own, reason=Reason.DISPUTED)
    assert take(moderator) is None
    assert "complaint is yours" in refused("not_for_you", queue.claim, Actor(user=moderator), item=item).detail
    assert take(colleague) == item


def test_a_complaint_about_a_decision_is_anothers_to_judge(decided, upload, moderator, colleague):
    decided(upload, "manipulated")
    item = queue.put(Actor(user=moderator), upload=upload, reason=Reason.DISPUTED)
    assert take(moderator) is None
    assert "decision of yours" in refused("not_for_you", queue.claim, Actor(user=moderator), item=item).detail
    assert take(colleague) == item


def test_where_there_is_no_other_moderator_one_judges_complaints_about_oneself(decided, upload, moderator):
    decided(upload, "manipulated")
    item = queue.put(Actor(user=moderator), upload=upload, reason=Reason.DISPUTED)
    assert take(moderator) == item


def test_an_upload_lies_in_the_queue_once(upload, moderator, colleague):
    first = queue.put(Actor(user=moderator), upload=upload)
    assert queue.put(Actor(user=colleague), upload=upload) == first
    assert AuditEvent.objects.filter(action="queue.added").count() == 1


def test_a_complaint_takes_the_place_of_a_doubt(upload, moderator, owner):
    item = queue.put(Actor(user=moderator), upload=upload, reason=Reason.INCONCLUSIVE)
    raised = queue.put(Actor(user=owner), upload=upload, reason=Reason.DISPUTED)
    assert (raised, raised.reason, fresh(item).reason) == (item, "disputed", "disputed")
    queue.put(Actor(user=moderator), upload=upload, reason=Reason.ASSIGNED)
    assert fresh(item).reason == "disputed"


def test_putting_an_upload_in_again_can_keep_it_for_somebody(upload, moderator, colleague):
    item = queue.put(Actor(user=moderator), upload=upload)
    queue.put(Actor(user=moderator), upload=upload, assigned_to=colleague)
    assert fresh(item).assigned_to == colleague


def test_after_its_decision_an_upload_can_be_put_in_again(decided, upload, moderator):
    decided(upload)
    again = queue.put(Actor(user=moderator), upload=upload)
    assert again.state == ItemState.OPEN
    assert QueueItem.objects.count() == 2


def test_an_image_is_taken_out_of_the_queue_undecided(waiting, moderator, colleague):
    first, second = waiting(2)
    queue.withdraw(Actor(user=moderator), item=first)
    assert fresh(first).state == ItemState.WITHDRAWN
    assert AuditEvent.objects.filter(action="queue.withdrawn").count() == 1
    refused("not_open", queue.withdraw, Actor(user=moderator), item=first)
    queue.claim(Actor(user=colleague), item=second)
    refused("taken", queue.withdraw, Actor(user=moderator), item=second)
    assert take(moderator) is None


def test_a_complaint_is_not_taken_out_of_the_queue(upload, moderator, owner):
    item = queue.put(Actor(user=owner), upload=upload, reason=Reason.DISPUTED)
    refused("not_open", queue.withdraw, Actor(user=moderator), item=item)
    refused("not_for_you", queue.withdraw, Actor(user=owner), item=item)


def test_the_rounds_forget_expired_claims(waiting, moderator, colleague):
    first, second = waiting(2)
    take(moderator)
    take(colleague)
    expire(first)
    assert "claims set free: 1" in list(rounds.walk())
    assert (fresh(first).claimed_by, fresh(second).claimed_by) == (None, colleague)


def test_everything_is_written_down_in_one_chain(waiting, moderator, colleague):
    (item,) = waiting()
    take(moderator)
    queue.assign(Actor(user=moderator), item=item, person=colleague)
    queue.release(Actor(user=moderator), item=item)
    told = list(AuditEvent.objects.filter(action__startswith="queue.").order_by("id").values_list("action", flat=True))
    assert told == ["queue.added", "queue.claimed", "queue.assigned", "queue.released"]
    assert verify_chain() is None
