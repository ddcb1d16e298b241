"""Deliveries, to a real server that fails in every way: each event arrives at least once, and is known by its id."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.audit import Actor
from accounts.errors import Refused
from accounts.models import User
from notices import deliveries, endpoints, ringing, sending
from notices.models import Delivery, Endpoint, Notice
from tests.detector.test_concurrency import at_once
from tests.notices import receiver as programs
from tests.notices.conftest import later
from tests.programs import wait_until


def row() -> Delivery:
    return Delivery.objects.get()


def test_what_arrives_says_all_and_is_done(tell, hook, receiver, sweep, settings):
    notice = tell(data={"decision": "authentic"})
    assert sweep() == "1 went out"
    [taken] = receiver.taken
    event = json.loads(taken.body)
    assert taken.head == "POST /hook HTTP/1.1"
    assert event["type"] == "review.decided"
    assert event["data"] == {
        "text": notice.text,
        "link": f"{settings.SITE_URL}/uploads/",
        "target": "upload:1",
        "decision": "authentic",
    }
    assert (taken.headers["content-type"], taken.headers["host"]) == ("application/json", f"127.0.0.1:{receiver.port}")
    assert taken.headers["user-agent"].startswith("FakeDetect/")
    assert (row().state, row().last_status, row().attempts) == ("done", 204, 1)
    assert taken.id == str(row().pk)


def test_what_is_done_is_not_sent_again(tell, hook, receiver, sweep):
    tell()
    sweep()
    sweep(days=1)
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    ("trouble", "status", "words"),
    [
        (programs.BROKEN, 500, "It answered 500."),
        (programs.answer("404 Not Found"), 404, "It answered 404."),
        (programs.answer("302 Found", "Location: http://127.0.0.1:9/"), 302, "redirects are not followed"),
        (programs.answer("301 Moved", "Location: /elsewhere"), 301, "redirects are not followed"),
        (programs.NONSENSE, None, "does not speak HTTP"),
        (programs.hang_up, None, "hung up"),
        (programs.stall, None, "No answer within"),
        (programs.drip, None, "No answer within"),
        (programs.flood, None, "does not speak HTTP"),
    ],
)
def test_whatever_a_receiver_does_the_event_waits_and_arrives_later_with_its_id(
    tell, hook, receiver, sweep, trouble, status, words
):
    tell()
    receiver.answers = [trouble, programs.OK]
    sweep()
    failed = row()
    assert (failed.state, failed.attempts, failed.last_status) == ("waiting", 1, status)
    assert words in failed.last_error
    assert failed.next_at > timezone.now()
    sweep(minutes=2)
    assert (row().state, row().last_error) == ("done", "")
    assert receiver.ids == [str(failed.pk)] * 2
    assert receiver.taken[0].body == receiver.taken[1].body


def test_a_redirect_is_not_followed(tell, hook, receiver, sweep):
    with programs.Receiver() as elsewhere:
        receiver.answers = [programs.answer("307 Temporary Redirect", f"Location: {elsewhere.url}")]
        tell()
        sweep()
        assert (len(receiver.taken), elsewhere.connections) == (1, 0)


def test_nobody_listening_is_a_failure_like_any_other(tell, owner, settings, sweep):
    settings.WEBHOOKS_PRIVATE = True
    with programs.Receiver() as gone:
        url = gone.url
    endpoints.make(Actor(user=owner), person=owner, url=url)
    tell()
    sweep()
    assert "No connection" in row().last_error


class Program:
    """What docs/webhooks.md asks of a receiver: it verifies, and does nothing the second time that it sees an id."""

    def __init__(self, secret):
        self.secret, self.done = secret, {}

    def take(self, taken):
        assert programs.verified(self.secret, taken)
        text = json.loads(taken.body)["data"]["text"]
        assert self.done.setdefault(taken.id, text) == text  # one id is one event, however often


TROUBLES = (
    programs.BROKEN, programs.hang_up, programs.stall, programs.answer("307 Temporary Redirect", "Location: /else"),
    programs.NONSENSE, programs.answer("503 Busy"), programs.drip, programs.answer("301 Moved", "Location: http://[::1]/"),
)  # fmt: skip


def test_a_receiver_that_fails_stalls_and_redirects_gets_each_event_and_none_twice_under_another_id(
    tell, hook, receiver, sweep, monkeypatch
):
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    told = [tell(text=f"Notice {n}.", target=f"upload:{n}").text for n in range(12)]
    receiver.answers = [*(TROUBLES * 3), programs.OK]
    for _ in range(60):
        sweep(hours=30, aging=False)
        if not Delivery.objects.filter(state="waiting").exists():
            break
    program = Program(hook.secret)
    for one in receiver.taken:
        program.take(one)
    assert len(receiver.taken) == 24 + 12  # each that failed came again, and nothing that had arrived
    assert sorted(program.done.values()) == sorted(told)
    assert {json.loads(one.body)["data"]["text"] for one in receiver.taken[24:]} == set(told)


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_through_a_receiver_that_fails(tell, hook, receiver, monkeypatch):
    """Whoever sweeps meanwhile: an event is sent again after a failure alone, and under its id."""
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    told = [tell(text=f"Notice {n}.", target=f"upload:{n}").text for n in range(6)]
    receiver.answers = [programs.BROKEN, programs.answer("302 Found", "Location: /"), programs.BROKEN, programs.OK]
    at_once(lambda _: deliveries.attempt_due(), range(4))
    later(minutes=2, aging=False)
    at_once(lambda _: deliveries.attempt_due(), range(4))
    program = Program(hook.secret)
    for one in receiver.taken:
        program.take(one)
    assert (len(receiver.taken), sorted(program.done.values())) == (6 + 3, sorted(told))
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_after_the_last_attempt_it_is_given_up_and_its_person_is_told_once(tell, hook, receiver, sweep, owner):
    receiver.answers = [programs.BROKEN]
    tell()
    for _ in range(len(deliveries.PAUSES) + 1):
        sweep(hours=30, aging=False)
    assert (row().state, row().attempts) == ("dead", len(deliveries.PAUSES) + 1)
    sweep(days=2)
    assert len(receiver.taken) == len(deliveries.PAUSES) + 1
    told = Notice.objects.filter(kind="webhook.failing")
    assert [one.person for one in told] == [owner]
    assert told[0].link == f"/notices/webhooks/{hook.pk}/"


def test_the_notice_of_a_failing_webhook_does_not_go_to_webhooks(tell, hook, receiver, sweep):
    receiver.answers = [programs.answer("410 Gone")]
    tell()
    sweep()
    assert Notice.objects.filter(kind="webhook.failing").count() == 1
    assert Delivery.objects.count() == 1


def test_gone_turns_the_webhook_off(tell, hook, receiver, sweep):
    receiver.answers = [programs.answer("410 Gone")]
    tell()
    sweep()
    hook.refresh_from_db()
    assert (hook.active, row().state, row().attempts) == (False, "dead", 1)


def test_one_that_never_answers_keeps_no_other_waiting(tell, hook, receiver, stranger, sweep):
    receiver.answers = [programs.stall]
    for _ in range(5):
        tell()
    with programs.Receiver() as good:
        endpoints.make(Actor(user=stranger), person=stranger, url=good.url)
        tell(stranger)
        sweep()
        assert (len(receiver.taken), len(good.taken)) == (1, 1)  # after one silence it rests
    assert Endpoint.objects.get(pk=hook.pk).rest_until > timezone.now()


def test_what_waits_for_one_that_rests_goes_out_when_it_answers_again(tell, hook, receiver, sweep):
    receiver.answers = [programs.hang_up, programs.OK]
    for n in range(3):
        tell(target=f"upload:{n}")
    sweep()
    assert Delivery.objects.filter(state="done").count() == 0
    sweep(minutes=2)
    assert Delivery.objects.filter(state="done").count() == 3


def test_what_waits_for_days_at_a_silent_receiver_is_given_up(tell, hook, receiver, sweep):
    receiver.answers = [programs.hang_up]
    for n in range(3):
        tell(target=f"upload:{n}")
    sweep()
    sweep(days=4)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dead"}


def test_while_a_webhook_is_off_what_waits_for_it_stays(tell, hook, receiver, sweep, owner):
    tell()
    endpoints.change(Actor(user=owner), endpoint=hook, url=hook.url, kinds_wanted=[], active=False)
    sweep()
    assert (len(receiver.taken), row().state) == (0, "waiting")
    endpoints.change(Actor(user=owner), endpoint=hook, url=hook.url, kinds_wanted=[], active=True)
    sweep()
    assert row().state == "done"


def test_turning_a_webhook_off_oneself_is_no_failure_to_be_told(tell, hook, sweep, owner):
    tell()
    endpoints.change(Actor(user=owner), endpoint=hook, url=hook.url, kinds_wanted=[], active=False)
    sweep(days=4)
    assert (row().state, Notice.objects.filter(kind="webhook.failing").count()) == ("dead", 0)


def test_nothing_is_sent_for_a_person_who_is_locked_out(tell, hook, receiver, sweep, owner):
    tell()
    User.objects.filter(pk=owner.pk).update(is_active=False)
    sweep()
    assert receiver.taken == []


def test_given_up_ones_are_sent_again_with_their_ids(tell, hook, receiver, sweep, owner, happened):
    receiver.answers = [programs.hang_up]
    for n in range(2):
        tell(target=f"upload:{n}")
    sweep(days=4)
    before = set(Delivery.objects.values_list("pk", flat=True))
    receiver.answers = [programs.OK]
    assert deliveries.send_again(Actor(user=owner), endpoint=hook) == 2
    assert happened()[-1] == "webhook.resent"
    sweep()
    assert set(Delivery.objects.filter(state="done").values_list("pk", flat=True)) == before
    hook.refresh_from_db()
    assert hook.failing_since is None


def test_one_that_was_delivered_can_be_sent_again(tell, hook, receiver, sweep, owner):
    tell()
    sweep()
    assert deliveries.send_again(Actor(user=owner), endpoint=hook, delivery=row()) == 1
    sweep()
    assert receiver.ids == [str(row().pk)] * 2


def test_sending_again_what_waits_changes_nothing(tell, hook, owner, happened):
    tell()
    assert deliveries.send_again(Actor(user=owner), endpoint=hook, delivery=row()) == 0
    assert "webhook.resent" not in happened()


def test_a_test_says_that_it_is_one(hook, receiver, sweep, owner, happened):
    deliveries.test(Actor(user=owner), endpoint=hook)
    sweep()
    assert json.loads(receiver.taken[0].body)["type"] == "test"
    assert happened()[-1] == "webhook.tested"


def test_tests_are_few_and_not_for_a_webhook_that_is_off(hook, owner):
    actor = Actor(user=owner)
    for _ in range(5):
        deliveries.test(actor, endpoint=hook)
    with pytest.raises(Refused, match="Wait a minute"):
        deliveries.test(actor, endpoint=hook)
    endpoints.change(actor, endpoint=hook, url=hook.url, kinds_wanted=[], active=False)
    with pytest.raises(Refused, match="Turn this webhook on"):
        deliveries.test(actor, endpoint=hook)


def test_long_over_is_forgotten(tell, hook, receiver, sweep):
    tell()
    sweep()
    sweep(days=20)
    assert Delivery.objects.count() == 1
    sweep(days=20)
    assert Delivery.objects.count() == 0


def test_what_breaks_on_our_side_holds_nothing_up(tell, hook, receiver, sweep, monkeypatch, caplog):
    tell(target="upload:1")
    monkeypatch.setattr(sending, "_exchange", lambda *parts: 1 / 0)
    sweep()
    assert (row().state, row().last_error) == ("waiting", "It could not be sent: something broke on our side.")
    assert "ZeroDivisionError" in caplog.text


def test_an_attempt_whose_process_died_is_made_again(tell, hook, receiver, sweep):
    tell()
    assert deliveries._claim(row())  # and then the power went
    sweep()
    assert receiver.taken == []
    sweep(minutes=2)
    assert (row().state, row().attempts) == ("done", 2)


def test_a_slow_answer_of_an_attempt_that_lost_its_turn_changes_nothing(tell, hook, receiver, sweep):
    tell()
    slow = row()
    assert deliveries._claim(slow)
    sweep(minutes=2)  # another took it up meanwhile, and it arrived
    deliveries._write_down(slow, sending.Answer(500, "It answered 500."))
    assert row().state == "done"


@pytest.mark.django_db(transaction=True)
def test_of_many_senders_one_sends(tell, hook, receiver):
    for n in range(6):
        tell(target=f"upload:{n}")
    at_once(lambda _: deliveries.attempt_due(), range(6))
    assert len(receiver.taken) == len(set(receiver.ids)) == 6
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_the_process_delivers_after_the_act(tell, hook, receiver, settings):
    settings.NOTICES, settings.CELERY_BROKER_URL = "at_once", ""
    tell()
    wait_until(lambda: row().state == "done", "the delivery", 30)
    assert len(receiver.taken) == 1
    ringing._lines["deliveries"].end()
    assert "background" not in {thread.name for thread in threading.enumerate() if thread.is_alive()}
    ringing._lines["deliveries"].__init__(ringing._deliveries)
    connection.close()


def test_where_there_is_a_broker_a_worker_is_told(tell, hook, settings, monkeypatch, on_commit):
    from notices import tasks

    rung = []
    monkeypatch.setattr(tasks.deliveries, "apply_async", lambda arguments, countdown: rung.append("rung"))
    settings.NOTICES, settings.CELERY_BROKER_URL = "at_once", "redis://nowhere"
    with on_commit():
        tell()
    assert rung == ["rung"]
    assert deliveries.sweep() == "rung"


def test_a_broker_that_is_down_fails_no_act(tell, hook, settings, monkeypatch, on_commit, caplog):
    from notices import tasks

    monkeypatch.setattr(tasks.deliveries, "apply_async", lambda arguments, countdown: 1 / 0)
    settings.NOTICES, settings.CELERY_BROKER_URL = "at_once", "redis://nowhere"
    with on_commit():
        tell()
    assert row().state == "waiting"
    assert "waits for the next round" in caplog.text


def test_pauses_grow_and_last_two_days():
    assert list(deliveries.PAUSES) == sorted(deliveries.PAUSES)
    assert timedelta(days=1.5) < sum(deliveries.PAUSES, timedelta()) < deliveries.PATIENCE
