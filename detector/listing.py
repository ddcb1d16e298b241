"""The history as a file: a table for spreadsheets or JSON lines, sent while it is read, whatever its length."""

import json
from collections.abc import Iterator
from typing import Any

from accounts import audit
from accounts.audit import Actor
from accounts.roles import Someone
from detector import report
from detector.queries import UploadQuerySet
from detector.templatetags import verdicts
from fakedetect_site import spreadsheets

CSV, JSON_LINES = "csv", "jsonl"
MIMES = {CSV: "text/csv; charset=utf-8", JSON_LINES: "application/x-ndjson"}
_COLUMNS = (
    "id", "name", "owner", "uploaded", "status", "shown_as", "verdict", "fake_probability", "model", "decision",
    "tags", "note", "external_id", "sha256", "format", "width", "height", "bytes", "page",
)  # fmt: skip
_AT_ONCE = 500  # rows that are read together, so that memory does not grow with the history
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads an umlaut as two signs


def export(
    actor: Actor, *, rows: UploadQuerySet, form: str, base: str, filters: list[str], oldest_first: bool = False
) -> Iterator[str]:
    """These uploads as the actor may read them, as pieces of a file; that it was made stands in the audit history."""
    audit.record(actor, "uploads.exported", details={"format": form, "filtered": sorted(filters)})
    reader: Someone = actor.user  # type: ignore[assignment]  # a door lets no stranger in
    told = (report.of_upload(row, base=base, reader=reader) for row in _rows(rows, oldest_first))
    return _csv(told) if form == CSV else (f"{json.dumps(one, ensure_ascii=False)}\n" for one in told)


def _rows(rows: UploadQuerySet, oldest_first: bool) -> Iterator[Any]:
    order = ("created_at", "pk") if oldest_first else ("-created_at", "-pk")
    yield from rows.with_verdicts().order_by(*order).iterator(chunk_size=_AT_ONCE)


def _csv(reports: Iterator[report.Report]) -> Iterator[str]:
    yield _BYTE_ORDER_MARK + spreadsheets.line(_COLUMNS)
    for told in reports:
        cells = _cells(told)
        yield spreadsheets.line(spreadsheets.cell(cells[name]) for name in _COLUMNS)


def _cells(told: report.Report) -> dict[str, Any]:
    verdict, review = told["verdict"] or {}, told["review"] or {}
    return {
        **{name: told["file"][name] for name in ("name", "sha256", "format", "width", "height", "bytes")},
        **{name: told[name] for name in ("id", "owner", "status", "note", "external_id")},
        "uploaded": told["created_at"],
        "shown_as": verdicts.outcome(told),
        "verdict": verdict.get("label"),
        "fake_probability": verdict.get("fake_probability"),
        "model": verdict.get("model", {}).get("version"),
        "decision": review.get("decision"),
        "tags": ", ".join(told["tags"]),
        "page": told["links"]["page"],
    }
