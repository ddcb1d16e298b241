"""What an upload is shown as, kept beside it by the data base itself: label, state and model, for lists and filters.

Verdicts change in many places (analyses, evidence, decisions, undo, history scored again). Triggers on the tables of
analyses and reviews write the outcome into the row of the upload within the same transaction, on SQLite and on
PostgreSQL alike, so that no place can forget it and a filter reads one index. The rules are those of `Upload.latest`
and `review.shown_label`. Triggers are put back after each migration, since SQLite loses them where Django rebuilds a
table, and cannot rename a table that one of them names.
"""

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_FUNCTION = "detector_show"
_DECIDED = (
    "SELECT CASE decision WHEN 'unsure' THEN 'inconclusive' ELSE decision END FROM detector_review"
    " WHERE upload_id = {upload} AND undone_at IS NULL ORDER BY id DESC LIMIT 1"
)
_ANALYSIS = (
    "SELECT {column} FROM detector_analysis WHERE upload_id = {upload}"
    " ORDER BY CASE state WHEN 'done' THEN 0 ELSE 1 END, shown_since DESC, id DESC LIMIT 1"
)
_WATCHED = {  # table: the columns on which the outcome hangs
    "detector_analysis": "state, label, shown_since, model_id",
    "detector_review": "decision, undone_at",
}
_EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers as they have to be; what was there is replaced, and at no moment is there none."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        remove(connection)
        for statement in _statements(connection):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    on_table = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for table in _WATCHED:
            for event in _EVENTS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_shown_{event}" + (f" ON {table}" if on_table else ""))


def refresh(connection: BaseDatabaseWrapper) -> None:
    """Write the outcome of every upload anew: once, for rows that are older than the triggers."""
    with connection.cursor() as cursor:
        cursor.execute(_update("detector_upload.id"))


def step_aside(**kwargs: Any) -> None:
    """Before a migration: SQLite renames no table that a trigger names."""
    connection = connections[kwargs["using"]]
    if connection.vendor == "sqlite" and set(_WATCHED) <= set(connection.introspection.table_names()):
        remove(connection)


def see_to_it(**kwargs: Any) -> None:
    """After a migration, once the columns are there."""
    connection = connections[kwargs["using"]]
    if "detector_upload" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        columns = {one.name for one in connection.introspection.get_table_description(cursor, "detector_upload")}
    if "shown_label" in columns:
        install(connection)


def _update(upload: str) -> str:
    label = f"COALESCE(({_DECIDED}), ({_ANALYSIS}), '')".format(upload=upload, column="label")
    state = f"COALESCE(({_ANALYSIS}), 'queued')".format(upload=upload, column="state")
    model = f"({_ANALYSIS})".format(upload=upload, column="model_id")
    return f"UPDATE detector_upload SET shown_label = {label}, shown_state = {state}, shown_model_id = {model}"  # noqa: S608 (our own words)


def _statements(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "sqlite":
        return [_on_sqlite(table, event) for table in _WATCHED for event in _EVENTS]
    return [_function(), *(_on_postgresql(table, event) for table in _WATCHED for event in _EVENTS)]


def _on_sqlite(table: str, event: str) -> str:
    upload = f"{_EVENTS[event]}.upload_id"
    act = f"BEGIN {_update(upload)} WHERE id = {upload}; END"
    return f"CREATE TRIGGER {table}_shown_{event} AFTER {_when(table, event)} ON {table} {act}"


def _on_postgresql(table: str, event: str) -> str:
    head = f"CREATE TRIGGER {table}_shown_{event} AFTER {_when(table, event)} ON {table}"
    return f"{head} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"


def _when(table: str, event: str) -> str:
    return f"UPDATE OF {_WATCHED[table]}" if event == "update" else event.upper()


def _function() -> str:
    body = (
        "DECLARE wanted uuid; BEGIN IF TG_OP = 'DELETE' THEN wanted := OLD.upload_id; ELSE wanted := NEW.upload_id;"
        f" END IF; {_update('wanted')} WHERE id = wanted; RETURN NULL; END"
    )
    return f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $body${body}$body$"
