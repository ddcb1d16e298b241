"""Forgetting a person: what tells of them is emptied in every event, and the chain is as whole as before."""

import json
from datetime import timedelta

import pytest

from accounts import audit, audit_chain, tokens
from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent, AuditHead, User
from tests.factories import UserFactory

NAME, MAIL, ADDRESS, FILE = "Winifred.Quill", "quill@paper.example", "198.51.100.23", "my-holiday.jpg"


@pytest.fixture
def person(db):
    return UserFactory(username=NAME, email=MAIL)


@pytest.fixture
def history(person, administrator, stranger):
    """A life on this site, with others in it."""
    own = Actor(user=person, address=ADDRESS)
    token, _ = tokens.issue(own, user=person, name="script")
    audit.record(own, "upload.created", target="upload:1", private={"name": FILE, "sha256": "ab" * 32})
    audit.record(Actor(user=person, token=token, address=ADDRESS), "upload.created", target="upload:2")
    audit.record(audit.SYSTEM, "verdict", target="upload:1", details={"label": "inconclusive"}, model="2026.11.5")
    audit.record(Actor(user=stranger), "upload.viewed", target="upload:1")
    audit.record(Actor(user=administrator), "upload.deleted", target="upload:2", private={"sha256": "cd" * 32})
    audit.record(Actor(user=administrator), "case.note_added", target="case:7", private={"note": f"Ask {NAME}."})
    audit.record(Actor(name=NAME.lower(), address=ADDRESS), "login.failed")
    audit.record(Actor(name=MAIL, address=ADDRESS), "login.locked")
    audit.record(Actor(name="somebody", address="192.0.2.9"), "login.failed")
    audit.record(Actor(user=stranger, address="192.0.2.8"), "upload.created", target="upload:3")
    return AuditEvent.objects.order_by("id")


def kept() -> str:
    return json.dumps(list(AuditEvent.objects.values()), default=str).lower()


def test_nothing_of_the_person_is_left_and_the_chain_is_whole(history, person, administrator):
    before = list(history.values_list("action", "actor", "target", "digest"))
    audit.erase(Actor(user=administrator), person=person, targets=["case:7"])
    for trace in (NAME, MAIL, ADDRESS, FILE, "ab" * 32, "cd" * 32):
        assert trace.lower() not in kept(), trace
    assert list(history.values_list("action", "actor", "target", "digest"))[: len(before)] == before
    assert verify_chain() is None


def test_others_keep_what_is_theirs(history, person, administrator):
    audit.erase(Actor(user=administrator), person=person)
    names = {event.action + " " + event.target: event.personal.get("name") for event in history}
    assert names["upload.viewed upload:1"] == "stranger"
    assert names["upload.created upload:3"] == "stranger"
    assert names["case.note_added case:7"] == "administrator"  # nobody said that it concerns them
    assert names["verdict upload:1"] == "system"
    assert history.filter(action="login.failed", personal__name="somebody").exists()


def test_it_is_one_event_that_counts_and_does_not_name(history, person, administrator):
    count = audit.erase(Actor(user=administrator), person=person)
    event = history.last()
    assert (event.action, event.target) == ("audit.erased", f"user:{person.pk}")
    assert event.details == {"events": count - 1}  # all but itself
    assert event.actor == f"user:{administrator.pk}"


def test_who_erases_themselves_leaves_no_name_in_the_last_event_either(history, person):
    audit.erase(Actor(user=person, address=ADDRESS), person=person, targets=["case:7"])
    assert history.last().personal == {}
    assert NAME.lower() not in kept()


def test_a_person_called_system_does_not_take_the_site_with_them(administrator):
    audit.record(audit.SYSTEM, "verdict", target="upload:1")
    audit.erase(Actor(user=administrator), person=UserFactory(username="system"))
    assert AuditEvent.objects.get(action="verdict").personal["name"] == "system"


def test_it_costs_a_handful_of_queries(history, person, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        audit.erase(audit.SYSTEM, person=person)
    assert User.objects.filter(pk=person.pk).exists()  # the account itself is somebody else's to delete


def test_a_timeline_is_of_one_thing_oldest_first(history):
    events = audit.timeline("upload:1")
    assert [event.action for event in events] == ["upload.created", "verdict", "upload.viewed"]
    assert events[1].model == "2026.11.5"


def test_the_private_part_is_proved_while_it_is_there(history, unguarded):
    event = history.get(action="upload.created", target="upload:1")
    event.personal["private"]["name"] = "another.jpg"
    history.filter(pk=event.pk).update(personal=event.personal)
    assert verify_chain().reason == "its name or address was changed"


def test_events_of_the_first_form_still_verify(owner, unguarded):
    """Written before the model was covered: the digest is over fewer fields."""
    event = audit.record(Actor(user=owner), "test.done")
    event.form = 1
    AuditEvent.objects.filter(pk=1).update(form=1, digest=audit.digest_of(event))
    AuditHead.objects.update(last_digest=audit.digest_of(event))
    audit.record(Actor(user=owner), "test.done", model="2026.11.5")
    assert verify_chain() is None
    AuditEvent.objects.filter(pk=1).update(model="2031.1.1")  # which that form did not cover
    assert verify_chain().reason == "its content was changed"


@pytest.mark.parametrize(
    "details",
    [
        {"numbers": [1e16, 1e22, -3e30, 1e-7, 0.1, 1.0, 10**20]},
        {2: "a", 10: "b", "x": ("a", "tuple")},
        {"span": str(timedelta(days=2)), "text": "\u2028 \U0001f600 ß"},
    ],
)
def test_what_json_and_the_data_base_write_in_their_own_way_still_verifies(owner, details):
    audit.record(Actor(user=owner), "test.done", details=details, private=details)
    assert verify_chain() is None
    event = AuditEvent.objects.get()
    assert event.details == audit_chain.plain(details)
