"""The chain: it holds, it names what was tampered with, and it survives forgetting a person."""

import pytest
from django.db import connection, transaction

from accounts import audit
from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent, AuditHead


@pytest.fixture
def chain(owner):
    """Five events, as the tables hold them."""
    for number in range(1, 6):
        audit.record(Actor(user=owner, address="192.0.2.1"), "test.done", target=f"n:{number}", details={"n": number})
    return AuditEvent.objects.order_by("id")


def test_an_empty_history_is_whole(db):
    assert verify_chain() is None


def test_a_history_is_whole_and_without_gaps(chain):
    assert verify_chain() is None
    assert list(chain.values_list("id", flat=True)) == [1, 2, 3, 4, 5]
    assert chain[0].previous == audit.GENESIS
    assert chain[1].previous == chain[0].digest


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(
    "change",
    [
        {"action": "test.other"},
        {"actor": "user:99"},
        {"target": "n:99"},
        {"details": {"n": 99}},
        {"request_id": "another-request"},
        {"model": "2031.1.1"},
        {"form": 1},
        {"form": 3},
        {"at": "2020-01-01T00:00:00Z"},
        {"personal_digest": "0" * 64},
        {"digest": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_field_is_named(chain, change):
    chain.filter(id=3).update(**change)
    found = verify_chain()
    assert (found.position, found.reason) == (3, "its content was changed")


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("change", [{"personal": {"name": "somebody else", "address": ""}}, {"salt": "0" * 32}])
def test_a_changed_person_is_named(chain, change):
    chain.filter(id=3).update(**change)
    found = verify_chain()
    assert (found.position, found.reason) == (3, "its name or address was changed")


@pytest.mark.usefixtures("unguarded")
def test_a_changed_field_with_a_fitting_digest_breaks_the_next_link(chain):
    event = chain.get(id=3)
    event.details = {"n": 99}
    chain.filter(id=3).update(details=event.details, digest=audit.digest_of(event))
    found = verify_chain()
    assert (found.position, found.reason) == (4, "it does not follow the event before it")


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("gone", [1, 3])
def test_a_removed_event_is_named(chain, gone):
    chain.filter(id=gone).delete()
    found = verify_chain()
    assert (found.position, found.reason) == (gone, f"event {gone} is missing")


@pytest.mark.usefixtures("unguarded")
def test_a_removed_event_is_named_even_when_those_after_it_move_up(chain):
    chain.filter(id=3).delete()
    for number in (4, 5):
        chain.filter(id=number).update(id=number - 1)
    found = verify_chain()
    assert (found.position, found.reason) == (3, "it does not follow the event before it")


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("left", [0, 4])
def test_a_removed_end_is_named(chain, left):
    chain.filter(id__gt=left).delete()
    found = verify_chain()
    assert (found.position, found.reason) == (left + 1, f"5 events were recorded, and only {left} are here")


@pytest.mark.usefixtures("unguarded")
def test_swapped_events_are_named(chain):
    for old, new in ((2, 99), (3, 2), (99, 3)):
        chain.filter(id=old).update(id=new)
    found = verify_chain()
    assert (found.position, found.reason) == (2, "it does not follow the event before it")


def test_an_event_that_was_forged_past_the_end_is_named(chain):
    forged = chain.get(id=5)
    forged.id, forged.previous = 6, forged.digest
    forged.digest = audit.digest_of(forged)
    AuditEvent.objects.bulk_create([forged])
    found = verify_chain()
    assert (found.position, found.reason) == (6, "it was added past the recorded end")


def test_a_lost_head_does_not_pass_for_an_empty_history(chain):
    AuditHead.objects.all().delete()
    assert verify_chain().position == 1


def test_a_last_event_that_the_head_does_not_know_is_named(chain):
    AuditHead.objects.update(last_digest="0" * 64)
    found = verify_chain()
    assert (found.position, found.reason) == (5, "it is not the event that was recorded last")


def test_forgetting_a_person_leaves_the_chain_whole(chain):
    chain.update(personal={}, salt="")
    assert verify_chain() is None


def test_an_event_is_neither_changed_nor_deleted_through_the_model(chain):
    event = chain.first()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


def test_an_act_that_fails_leaves_no_event(chain, owner):
    def fails():
        with transaction.atomic():
            audit.record(Actor(user=owner), "test.failed")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert chain.count() == 5
    assert verify_chain() is None


def test_the_salt_hides_the_person_behind_the_digest(owner):
    first, second = (audit.record(Actor(user=owner), "test.done") for _ in range(2))
    assert first.personal == second.personal
    assert first.personal_digest != second.personal_digest


def test_text_of_every_kind_survives_the_data_base(db):
    audit.record(
        Actor(name='Ünïcødé 漢字 "quote"'),
        "test.done",
        details={"a": [1.5, None, True], "ß": {"z": 1, "a": 2}},
    )
    assert verify_chain() is None


def test_the_walk_costs_no_query_per_event(chain, django_assert_max_num_queries):
    with django_assert_max_num_queries(4 if connection.vendor == "sqlite" else 6):
        verify_chain()
