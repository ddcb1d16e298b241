"""The history as a file: JSON lines, which `verify_audit --file` proves, or CSV for a spreadsheet. Streamed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.audit_chain import FIELDS, Head, Row
from accounts.audit_check import rows_of
from accounts.audit_seals import EXPORT, sealed
from accounts.models import AuditEvent, AuditHead
from fakedetect_site import site_key, spreadsheets

JSON_LINES, CSV = "jsonl", "csv"
_COLUMNS = (
    "id", "at", "action", "actor", "name", "address", "target", "details", "private", "request_id", "model", "form",
    "personal_digest", "previous", "digest",
)  # fmt: skip
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads an umlaut as two signs


def export(
    actor: Actor, *, events: QuerySet[AuditEvent], form: str, filters: Mapping[str, str], names: bool = True
) -> Iterator[str]:
    """These events, oldest first, as pieces of a file; `filters` says by what they were chosen, {} for all of them.

    The export is an event itself, and the last one of a complete copy. Without `names` what is personal stays empty,
    as after an erasure, and the copy can be proved all the same.

    Raises:
        KeyUnusable: the site's key, which signs JSON lines, cannot be used.
    """
    site_key.public_key()  # now: once the answer streams, it is too late to refuse
    head = _written_down(actor, form, filters, names)
    rows = (_told(row, names) for row in rows_of(events.filter(id__lte=head.events)))
    return _csv(rows) if form == CSV else _lines(rows, head, complete=not filters)


@transaction.atomic
def _written_down(actor: Actor, form: str, filters: Mapping[str, str], names: bool) -> Head:
    details = {"format": form, "filtered": sorted(filters), "names": names}
    event = record(actor, "audit.exported", details=details, private={"filters": filters} if filters else None)
    return Head(AuditHead.objects.get(pk=1).last_id, event.digest, event.at.isoformat())


def _told(row: Row, names: bool) -> Row:
    return row if names else {**row, "personal": {}, "salt": ""}


def _lines(rows: Iterator[Row], head: Head, *, complete: bool) -> Iterator[str]:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        line = json.dumps({name: row[name] for name in FIELDS}, ensure_ascii=False) + "\n"
        digest.update(line.encode())
        count += 1
        yield line
    facts = {"events": count, "sha256": digest.hexdigest(), "complete": complete, "head": head.events}
    yield sealed(EXPORT, facts | {"digest": head.digest, "at": timezone.now().isoformat(timespec="seconds")}) + "\n"


def _csv(rows: Iterator[Row]) -> Iterator[str]:
    yield _BYTE_ORDER_MARK + spreadsheets.line(_COLUMNS)
    for row in rows:
        yield spreadsheets.line(spreadsheets.cell(_cell(row, name)) for name in _COLUMNS)


def _cell(row: Row, name: str) -> str:
    if name in ("name", "address"):
        return str(row["personal"].get(name, ""))
    value: Any = row["personal"].get("private", "") if name == "private" else row[name]
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)
