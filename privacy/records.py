"""Rows as plain values, for a person who wants to read what is kept of them: every table, without secrets."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import BinaryField, ForeignKey, Model, OneToOneRel, QuerySet
from django.db.models.fields.reverse_related import ManyToOneRel

from accounts.models import AuditEvent, User
from detector.models import CaseNote, Upload

# What lets somebody in, or forge something, is no data about a person.
_SECRET = {"password", "digest", "salt", "seed", "old_seed", "secret", "sealed", "session_data"}
_WHO_DECIDED = {"reviewer", "assigned_to", "claimed_by", "added_by", "by"}  # of others: who they are is theirs


def plain(row: Model, leave_out: Iterable[str] = ()) -> dict[str, Any]:
    """The columns of a row by name, without secrets."""
    hidden = _SECRET | set(leave_out)
    columns = (one for one in row._meta.concrete_fields if one.name not in hidden)
    return {one.name: _value(one.value_from_object(row), one) for one in columns}


def _value(value: Any, column: Any) -> Any:
    return bytes(value).hex() if isinstance(column, BinaryField) and value is not None else value


def of_person(person: User) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Table by table, whichever app it is of: the rows that say whose they are."""
    for model in apps.get_models():
        found = [row for name in _columns_of_person(model) for row in model._default_manager.filter(**{name: person})]
        if found:
            yield model._meta.label_lower, [plain(row) for row in dict.fromkeys(found)]


def _columns_of_person(model: type[Model]) -> list[str]:
    if model is Upload:  # has a folder for each
        return []
    return [
        one.name for one in model._meta.concrete_fields if isinstance(one, ForeignKey) and one.related_model is User
    ]


def of_upload(upload: Upload) -> dict[str, list[dict[str, Any]]]:
    """What belongs to an upload in every table; notes that others wrote into cases are theirs."""
    found = {}
    for relation in Upload._meta.related_objects:
        if isinstance(relation, ManyToOneRel | OneToOneRel) and relation.related_model is not CaseNote:
            model: Any = relation.related_model
            rows = model._default_manager.filter(**{relation.field.name: upload})
            if told := [plain(row, _WHO_DECIDED) for row in rows]:
                found[model._meta.label_lower] = told
    return found


def history(events: "QuerySet[AuditEvent]", references: set[str]) -> list[dict[str, Any]]:
    """Events as the person may read them: of what others did, who they are stays theirs."""
    return [_event(event, event.actor in references) for event in events.iterator()]


def _event(event: AuditEvent, own: bool) -> dict[str, Any]:
    told = {"id": event.id, "at": event.at, "action": event.action, "actor": event.actor, "target": event.target}
    return told | {"details": event.details, "personal": event.personal if own else {}}
