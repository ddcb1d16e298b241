"""accounts/consent.py: off until it is given, revocable, kept with its text and written down."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from accounts import consent
from accounts.audit import SYSTEM, Actor
from accounts.models import AuditEvent, Consent, Purpose, User

TRAINING = Purpose.TRAINING


def test_a_new_account_has_agreed_to_nothing(owner):
    assert not consent.given(owner, TRAINING)
    assert list(consent.people(TRAINING)) == []


def test_a_person_agrees_to_the_text_that_was_shown(owner, stranger, acts):
    with acts() as done:
        consent.give(Actor(user=owner), person=owner, purpose=TRAINING)
    assert done == ["consent.given"]
    assert consent.given(owner, TRAINING)
    assert not consent.given(stranger, TRAINING)
    assert list(consent.people(TRAINING)) == [owner.pk]
    assert Consent.objects.get().text == consent.text_of(TRAINING)


def test_the_history_tells_which_text_without_a_name(owner):
    consent.give(Actor(user=owner), person=owner, purpose=TRAINING)
    event = AuditEvent.objects.get(action="consent.given")
    assert event.target == f"user:{owner.pk}"
    assert (event.details["purpose"], len(event.details["text_sha256"])) == ("training", 64)


def test_to_agree_twice_changes_nothing(owner, acts):
    with acts() as done:
        for _ in range(2):
            consent.give(Actor(user=owner), person=owner, purpose=TRAINING)
    assert (done, Consent.objects.count()) == (["consent.given"], 1)


def test_to_agree_to_a_new_text_ends_the_earlier_agreement_and_keeps_it(owner, monkeypatch):
    first = consent.give(Actor(user=owner), person=owner, purpose=TRAINING)
    monkeypatch.setitem(consent._TEXTS, TRAINING, "Something else.")
    assert consent.given(owner, TRAINING)  # to the earlier text, until the person says otherwise
    second = consent.give(Actor(user=owner), person=owner, purpose=TRAINING)
    first.refresh_from_db()
    assert first.withdrawn_at
    assert (second.text, second.withdrawn_at) == ("Something else.", None)


def test_withdrawing_ends_it_at_once_and_keeps_the_proof(owner, acts):
    consent.give(Actor(user=owner), person=owner, purpose=TRAINING)
    with acts() as done:
        consent.withdraw(Actor(user=owner), person=owner, purpose=TRAINING)
        consent.withdraw(Actor(user=owner), person=owner, purpose=TRAINING)
    assert done == ["consent.withdrawn"]
    assert not consent.given(owner, TRAINING)
    assert list(consent.people(TRAINING)) == []
    row = Consent.objects.get()
    assert row.given_at < row.withdrawn_at


def test_it_can_be_given_again(owner):
    actor = Actor(user=owner)
    consent.give(actor, person=owner, purpose=TRAINING)
    consent.withdraw(actor, person=owner, purpose=TRAINING)
    consent.give(actor, person=owner, purpose=TRAINING)
    assert consent.given(owner, TRAINING)
    assert Consent.objects.count() == 2


def test_nobody_agrees_for_another_person(owner, moderator, administrator):
    for actor in (Actor(user=moderator), Actor(user=administrator), SYSTEM, Actor()):
        with pytest.raises(PermissionDenied):
            consent.give(actor, person=owner, purpose=TRAINING)
    assert not Consent.objects.exists()


def test_an_administrator_may_withdraw_and_no_stranger(owner, stranger, moderator, administrator):
    consent.give(Actor(user=owner), person=owner, purpose=TRAINING)
    for actor in (stranger, moderator):
        with pytest.raises(PermissionDenied):
            consent.withdraw(Actor(user=actor), person=owner, purpose=TRAINING)
    assert consent.given(owner, TRAINING)
    consent.withdraw(Actor(user=administrator), person=owner, purpose=TRAINING)
    assert not consent.given(owner, TRAINING)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_agreement():
    person = User.objects.create_user("anna", "anna@example.org")

    def agree(_):
        try:
            consent.give(Actor(user=person), person=person, purpose=TRAINING)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(agree, range(8)))
    assert Consent.objects.count() == 1
    assert AuditEvent.objects.filter(action="consent.given").count() == 1
