"""Counters in the data base: several processes and machines agree, without a cache server.

`add` is one statement. It inserts or increments every counter of an act, each only as far as its limit allows; where
one refuses, none is changed. SQLite and PostgreSQL both know the form (docs/decisions/0060).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import UsageCounter

NONE = 2**62  # the `most` of what has no limit
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT = {"day": timedelta(days=62), "month": timedelta(days=400)}  # others: a day
_FIELDS = ("subject", "measure", "period", "since", "amount", "most", "person")
_TABLE = UsageCounter._meta.db_table
_COLUMNS = ", ".join(_FIELDS).replace("person", "person_id")
_ADD = (  # nothing in it comes from a request
    f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES {{rows}} "  # noqa: S608
    f"ON CONFLICT (subject, measure, period, since) DO UPDATE SET amount = {_TABLE}.amount + excluded.amount, "
    f"most = excluded.most WHERE {_TABLE}.amount + excluded.amount <= excluded.most "
    "RETURNING subject, measure, period, amount"
)


@dataclass(frozen=True)
class Window:
    """A stretch of time in which something is counted; one without an end has `end` None."""

    period: str
    begin: datetime
    end: datetime | None

    @property
    def left(self) -> int | None:
        """Seconds until it ends, at least one."""
        return max(1, round((self.end - timezone.now()).total_seconds())) if self.end else None

    @cached_property
    def seconds(self) -> int | None:
        return round((self.end - self.begin).total_seconds()) if self.end else None


def window(period: str, now: datetime | None = None) -> Window:
    """The present window: "minute", "day" and "month" by the clock of the site, "600s", or "ever".

    The clock of the reader would do no good: whoever changes their time zone would begin a new day.
    """
    now = timezone.localtime(now, timezone.get_default_timezone())
    if period == "ever":
        return Window(period, EPOCH, None)
    if period == "day":
        begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return Window(period, begin, _midnight(begin + timedelta(days=1)))
    if period == "month":
        begin = _midnight(now.replace(day=1))
        return Window(period, begin, _midnight((begin + timedelta(days=32)).replace(day=1)))
    length = 60 if period == "minute" else int(period.removesuffix("s"))
    begin = datetime.fromtimestamp(now.timestamp() // length * length, UTC)
    return Window(period, begin, begin + timedelta(seconds=length))


def _midnight(moment: datetime) -> datetime:
    """Of that day; a day on which clocks are changed has its own length."""
    bare = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return timezone.make_aware(bare, timezone.get_default_timezone())


@dataclass(frozen=True, slots=True)
class Ask:
    """One counter to be added to; `most` 0 means without limit."""

    subject: str
    measure: str
    window: Window
    amount: int
    most: int = 0
    person: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.subject, self.measure, self.window.period


@dataclass(frozen=True, slots=True)
class State:
    """How a counter stands after an act."""

    ask: Ask
    amount: int

    @property
    def left(self) -> int:
        return max(0, self.ask.most - self.amount)


class Full(Exception):
    """This counter would go beyond its limit; nothing was counted."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(ask.key)
        self.ask = ask


def add(asks: Iterable[Ask]) -> list[State]:
    """Add to all of these counters, or to none.

    Raises:
        Full: which of them has no room; of several the one that lasts longest.
    """
    wanted = sorted(asks, key=lambda ask: ask.key)  # every process locks rows in one order
    _fit(one for one in wanted if one.most and one.amount > one.most)
    if len(wanted) == 1:  # a statement is atomic by itself
        return _add(wanted)
    with transaction.atomic():
        return _add(wanted)


def _add(wanted: Sequence[Ask]) -> list[State]:
    found = _execute(wanted)
    _fit(one for one in wanted if one.key not in found)
    return [State(one, found[one.key]) for one in wanted]


def _fit(without_room: Iterable[Ask]) -> None:
    refused = max(without_room, key=lambda ask: ask.window.left or 0, default=None)
    if refused:
        raise Full(refused)


def _execute(wanted: Sequence[Ask]) -> dict[tuple[str, str, str], int]:
    since = UsageCounter._meta.get_field("since")
    values: list[Any] = []
    for one in wanted:
        begin = since.get_db_prep_value(one.window.begin, connection)
        values += [*one.key, begin, one.amount, one.most or NONE, one.person]
    rows = ", ".join(["(" + ", ".join(["%s"] * len(_FIELDS)) + ")"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(rows=rows), values)
        return {(subject, measure, period): amount for subject, measure, period, amount in cursor.fetchall()}


def look(asks: Sequence[Ask]) -> list[State]:
    """How these counters stand, without adding to them."""
    subjects, begins = {one.subject for one in asks}, {one.window.begin for one in asks}
    rows = UsageCounter.objects.filter(subject__in=subjects, since__in=begins)
    found = {(row.subject, row.measure, row.period, row.since): row.amount for row in rows}
    return [State(one, found.get((*one.key, one.window.begin), 0)) for one in asks]


def clear(ask: Ask) -> None:
    """Begin this counter anew, where what it counts was made good."""
    UsageCounter.objects.filter(subject=ask.subject, measure=ask.measure, period=ask.window.period).delete()


def forget_old() -> str:
    """The round: counters of windows that are long over. What is kept for ever has none."""
    now = timezone.now()
    old = ~Q(period__in=[*_KEPT, "ever"]) & Q(since__lt=now - timedelta(days=1))
    for period, kept in _KEPT.items():
        old |= Q(period=period, since__lt=now - kept)
    gone, _ = UsageCounter.objects.filter(old).delete()
    return f"{gone} forgotten"
