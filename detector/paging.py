"""Paging by key: a page starts behind a row, not at a number, so that no row is skipped or shown twice meanwhile."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from detector.errors import Refused
from detector.queries import KEYS, KeyedQuerySet

PAGE_SIZE = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the list, and the cursors of the neighbouring pages (None at an end)."""

    items: list[Any]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """In which direction a list goes, and the two columns that it goes by: the row's own, or copies beside a tag."""

    oldest_first: bool = False
    keys: tuple[str, str] = KEYS


def page(rows: KeyedQuerySet, cursor: str = "", size: int = PAGE_SIZE, *, order: Order = Order()) -> Page:
    """Cut one page out of the list.

    Raises:
        Refused: invalid_cursor.
    """
    backwards, bound = _parse(cursor) if cursor else (False, None)
    to_older = order.oldest_first == backwards
    if bound:
        rows = rows.before(*bound, order.keys) if to_older else rows.after(*bound, order.keys)
    sign = "-" if to_older else ""
    found = list(rows.order_by(*(f"{sign}{key}" for key in order.keys))[: size + 1])
    more, items = len(found) > size, found[:size]
    if backwards:
        items.reverse()
    return Page(
        items,
        next=_key("b", items[-1]) if items and (more or backwards) else None,
        previous=_key("a", items[0]) if items and (more if backwards else bool(cursor)) else None,
    )


def _key(direction: str, row: Any) -> str:
    return f"{direction}{(row.created_at - _EPOCH) // _MICROSECOND}-{row.pk.hex}"


def _parse(cursor: str) -> tuple[bool, tuple[datetime, str]]:
    try:
        micros, _dash, pk = cursor[1:].partition("-")
        moment = _EPOCH + timedelta(microseconds=int(micros))
        return {"a": True, "b": False}[cursor[0]], (moment, str(uuid.UUID(hex=pk)))
    except (ValueError, KeyError, OverflowError):
        raise Refused("invalid_cursor", _("This page address is damaged. Start at the first page.")) from None
