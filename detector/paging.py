"""Paging by key: a page starts behind a row, not at a number, so that no row is skipped or shown twice meanwhile."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from detector.errors import Refused
from detector.models import Upload
from detector.queries import UploadQuerySet

PAGE_SIZE = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows newest first, and the cursors of the neighbouring pages (None at an end)."""

    items: list[Upload]
    next: str | None
    previous: str | None


def page(rows: UploadQuerySet, cursor: str = "", size: int = PAGE_SIZE) -> Page:
    """Cut one page out of the list.

    Raises:
        Refused: invalid_cursor.
    """
    backwards, bound = _parse(cursor) if cursor else (False, None)
    if bound:
        rows = rows.after(*bound) if backwards else rows.before(*bound)
    order = ("created_at", "pk") if backwards else ("-created_at", "-pk")
    found = list(rows.order_by(*order)[: size + 1])
    more, items = len(found) > size, found[:size]
    if backwards:
        items.reverse()
    return Page(
        items,
        next=_key("b", items[-1]) if items and (more or backwards) else None,
        previous=_key("a", items[0]) if items and (more if backwards else bool(cursor)) else None,
    )


def _key(direction: str, upload: Upload) -> str:
    return f"{direction}{(upload.created_at - _EPOCH) // _MICROSECOND}-{upload.pk.hex}"


def _parse(cursor: str) -> tuple[bool, tuple[datetime, str]]:
    try:
        micros, _, pk = cursor[1:].partition("-")
        moment = _EPOCH + timedelta(microseconds=int(micros))
        return {"a": True, "b": False}[cursor[0]], (moment, str(uuid.UUID(hex=pk)))
    except (ValueError, KeyError, OverflowError):
        raise Refused("invalid_cursor", "This page address is damaged. Start at the first page.") from None
