"""Triggers that make the audit history append-only in the data base itself, on SQLite and on PostgreSQL alike.

One change is let through: emptying `personal` and `salt` of an event, all other columns as they were (erasure). The
row of the head stays writable. Triggers are made by a migration, and seen to after each, since SQLite loses them when
Django rebuilds a table, and at each start. Who owns the data base can drop them: then `verify_audit` says so, and the
chain names what changed.
"""

import logging
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import audit
from accounts.audit import Actor

log = logging.getLogger(__name__)

TABLE = "accounts_auditevent"
REFUSED = "The audit history is append-only."
_MAY_BE_EMPTIED = ("personal", "salt")
_FUNCTION = "accounts_audit_append_only"
_BODY = f"""
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.personal = '{{}}'::jsonb AND NEW.salt = ''
       AND (to_jsonb(NEW) - 'personal' - 'salt')::text = (to_jsonb(OLD) - 'personal' - 'salt')::text THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation';
END
"""  # as text, since 1 and 1.0 are equal in jsonb and not in a digest
_ON_POSTGRESQL = {
    "audit_no_change": "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
    "audit_no_truncate": "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
}
# A row that takes the place of another goes by no DELETE trigger in SQLite, hence the third, and rowid in the first.
_ON_SQLITE = {
    "audit_no_update": "BEFORE UPDATE ON {table} WHEN NOT (NEW.personal IS '{{}}' AND NEW.salt IS '' AND {same})",
    "audit_no_delete": "BEFORE DELETE ON {table}",
    "audit_no_replace": "BEFORE INSERT ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} WHERE id IS NEW.id OR rowid IS NEW.rowid)",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers as they have to be; what was there is replaced."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _statements(connection):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for tests, and for whoever must restore a table by hand."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _ON_SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        elif connection.vendor == "postgresql":
            for name in _ON_POSTGRESQL:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {TABLE}")


def stands(connection: BaseDatabaseWrapper) -> bool:
    """Whether every trigger is there, switched on, and says what it has to say."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
            return {row[0] for row in cursor.fetchall()} >= set(_statements(connection))
        return connection.vendor == "postgresql" and _stands_on_postgresql(cursor)


@transaction.atomic
def ensure(actor: Actor) -> bool:
    """At a start: put missing triggers back and write it down; False where they stand."""
    connection = connections["default"]
    if stands(connection):
        return False
    install(connection)
    log.warning("The triggers of the audit history were missing. They are back; run verify_audit.")
    audit.record(actor, "audit.guarded")
    return True


def see_to_it(**kwargs: Any) -> None:
    """After each migration: a table that was rebuilt has lost its triggers."""
    connection = connections[kwargs["using"]]
    if TABLE in connection.introspection.table_names() and not stands(connection):
        install(connection)


def _statements(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "sqlite":
        refuse, same = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END", _same(connection)
        return [f"CREATE TRIGGER {n} {text.format(table=TABLE, same=same)} {refuse}" for n, text in _ON_SQLITE.items()]
    if connection.vendor == "postgresql":
        return [_function(), *(sql for n, text in _ON_POSTGRESQL.items() for sql in _trigger(n, text))]
    return []


def _function() -> str:
    words = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog"
    return f"CREATE OR REPLACE FUNCTION {_FUNCTION}() {words} AS $body${_BODY}$body$"


def _trigger(name: str, text: str) -> list[str]:
    """ALWAYS: or a session that calls itself a replica would pass by."""
    made = f"CREATE TRIGGER {name} {text.format(table=TABLE)} EXECUTE FUNCTION {_FUNCTION}()"
    return [made, f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}"]


def _same(connection: BaseDatabaseWrapper) -> str:
    """Every column but those that may be emptied, as the table has them now."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA table_info({TABLE})")
        columns = ["rowid", *(row[1] for row in cursor.fetchall() if row[1] not in _MAY_BE_EMPTIED)]
    return " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in columns)


def _stands_on_postgresql(cursor: Any) -> bool:
    cursor.execute(
        "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE t.tgrelid = %s::regclass AND t.tgenabled = 'A' AND p.prosrc = %s",
        [TABLE, _BODY],
    )
    return {row[0] for row in cursor.fetchall()} >= set(_ON_POSTGRESQL)
