"""The data base itself refuses to change the history, on SQLite and on PostgreSQL; forced past it, the chain tells."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts import audit, audit_guard
from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent, AuditHead

TABLE = audit_guard.TABLE


@pytest.fixture
def chain(owner):
    for number in range(1, 6):
        audit.record(Actor(user=owner, address="192.0.2.1"), "test.done", target=f"n:{number}", details={"n": number})
    return AuditEvent.objects.order_by("id")


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement, *values):
    with pytest.raises(IntegrityError, match="The audit history is append-only"), transaction.atomic():
        sql(statement, *values)


CHANGES = {
    "id": "9",
    "at": "'2020-01-01 00:00:00'",
    "action": "'test.other'",
    "actor": "'user:99'",
    "target": "'n:99'",
    "details": """'{"n": 99}'""",
    "request_id": "'another-request'",
    "model": "'2031.1.1'",
    "form": "1",
    "personal": """'{"name": "somebody else", "address": ""}'""",
    "salt": "'0'",
    "personal_digest": "'0'",
    "previous": "'0'",
    "digest": "'0'",
}


def test_every_column_has_its_turn_below():
    assert CHANGES.keys() == {field.column for field in AuditEvent._meta.fields}


@pytest.mark.parametrize("column", CHANGES)
def test_changing_one_row_is_refused(chain, column):
    refused(f"UPDATE {TABLE} SET {column} = {CHANGES[column]} WHERE id = 3")
    refused(f"UPDATE {TABLE} SET {column} = {CHANGES[column]}")
    assert verify_chain() is None


@pytest.mark.parametrize("column", sorted(CHANGES.keys() - {"personal", "salt"}))
def test_an_erasure_may_change_nothing_beside(chain, column):
    refused(f"UPDATE {TABLE} SET personal = '{{}}', salt = '', {column} = {CHANGES[column]} WHERE id = 3")


def test_a_number_may_not_even_be_written_in_another_way(chain):
    """1 and 1.0 are equal to PostgreSQL, and two digests."""
    refused(f"UPDATE {TABLE} SET personal = '{{}}', salt = '', details = '{{\"n\": 3.0}}' WHERE id = 3")


@pytest.mark.parametrize("half", ["personal = '{}'", "salt = ''"])
def test_half_an_erasure_is_none(chain, half):
    refused(f"UPDATE {TABLE} SET {half} WHERE id = 3")


@pytest.mark.parametrize("where", ["WHERE id = 3", ""])
def test_deleting_is_refused(chain, where):
    refused(f"DELETE FROM {TABLE} {where}")
    assert chain.count() == 5


def test_django_is_refused_as_well(chain):
    for act in (lambda: chain.filter(id=3).update(action="test.other"), lambda: chain.filter(id=3).delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_emptying_what_is_personal_passes_and_the_head_stays_writable(chain, owner):
    assert chain.filter(id__lte=3).update(personal={}, salt="") == 3
    assert chain.update(personal={}, salt="") == 5  # again, and the others
    audit.record(Actor(user=owner), "test.done")
    assert AuditHead.objects.get().last_id == 6
    assert verify_chain() is None


def replacements() -> list[str]:
    """The ways in which a data base puts one row in the place of another, each around a trigger on DELETE."""
    names = [field.column for field in AuditEvent._meta.fields]
    columns = ", ".join(names)
    insert = f"INSERT INTO {TABLE} ({columns}) SELECT {columns} FROM {TABLE} WHERE id = 3"
    if connection.vendor == "postgresql":
        return [f"{insert} ON CONFLICT (id) DO UPDATE SET action = 'test.other'", f"TRUNCATE {TABLE}"]
    moved = ", ".join("99" if name == "id" else name for name in names)
    return [
        insert.replace("INSERT", "INSERT OR REPLACE"),
        f"INSERT OR REPLACE INTO {TABLE} (rowid, {columns}) SELECT rowid, {moved} FROM {TABLE} WHERE id = 3",
        f"UPDATE OR REPLACE {TABLE} SET rowid = 2, personal = '{{}}', salt = '' WHERE id = 3",
    ]


def test_no_row_takes_the_place_of_another(chain):
    for statement in replacements():
        refused(statement)
    assert chain.count() == 5
    assert verify_chain() is None


def test_no_setting_of_a_session_leads_past_the_guard(chain):
    """For PostgreSQL a session may call itself a replica, whose ordinary triggers sleep."""
    sql("SET LOCAL session_replication_role = replica" if connection.vendor == "postgresql" else "PRAGMA foreign_keys")
    refused(f"DELETE FROM {TABLE} WHERE id = 3")


def test_forced_past_the_guard_verify_audit_names_the_row_and_the_missing_guard(chain, unguarded):
    sql(f"UPDATE {TABLE} SET action = 'test.other' WHERE id = 4")
    with pytest.raises(CommandError, match=r"Event 4: its content was changed\."):
        call_command("verify_audit")
    sql(f"DELETE FROM {TABLE} WHERE id = 2")
    with pytest.raises(CommandError, match=r"Event 2: event 2 is missing\.(.|\n)*no longer refuses changes"):
        call_command("verify_audit")


def test_a_guard_that_was_taken_away_is_told_though_the_chain_is_whole(chain, unguarded):
    with pytest.raises(CommandError, match="no longer refuses changes"):
        call_command("verify_audit")


def disarming() -> list[str]:
    """What leaves a trigger of the same name in its place, and makes it harmless."""
    if connection.vendor == "postgresql":
        return [f"ALTER TABLE {TABLE} {how} TRIGGER audit_no_change" for how in ("DISABLE", "ENABLE")]
    harmless = f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT 1; END"
    return ["DROP TRIGGER audit_no_delete", harmless]


def test_a_trigger_that_was_made_harmless_is_no_guard(chain):
    for statement in disarming():
        sql(statement)
        assert not audit_guard.stands(connection)


def test_a_start_puts_the_guard_back_and_writes_it_down(chain, unguarded):
    assert audit_guard.ensure(audit.SYSTEM)
    assert audit_guard.stands(connection)
    assert chain.last().action == "audit.guarded"
    assert not audit_guard.ensure(audit.SYSTEM)
    assert chain.count() == 6


def test_a_migration_puts_the_guard_back(chain, unguarded):
    audit_guard.see_to_it(using="default")
    assert audit_guard.stands(connection)
    refused(f"DELETE FROM {TABLE} WHERE id = 3")


def test_the_guard_stands_after_a_fresh_start(db):
    assert audit_guard.stands(connection)
