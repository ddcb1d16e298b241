"""What the dashboard shows: counts by day, laid into equal spans of time, of one person or of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Sum
from django.utils import timezone

from accounts.models import User
from desk.models import QueueItem
from overview import counting
from overview.models import COUNTED, DayChange, PersonDay

_LIVE_DAYS = 7  # days that a page counts anew itself, at most, where the round has not come yet …
_LIVE_UPLOADS = 5_000  # … unless there is that much to count

ByDay = dict[date, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a moderator: how many images, and since when the oldest."""

    total: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """Some days in a row, and what was said of what came in on them."""

    start: date
    end: date
    counts: Mapping[str, int]

    @property
    def verdicts(self) -> int:
        return self.total - self.counts["failed"]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def inconclusive_share(self) -> float | None:
        """None where there was no verdict at all."""
        return self.counts["inconclusive"] / self.verdicts if self.verdicts else None


def spans(person: User | None, *, days: int, width: int) -> list[Span]:
    """The last `days` days in spans of `width` days, oldest first; of everybody where no person is given."""
    today = counting.day_of(timezone.now())
    since = today - timedelta(days=days - 1)
    by_day = _of_all(since) if person is None else _of_person(person, since)
    return _spans(by_day, since, today, width)


def _of_person(person: User, since: date) -> ByDay:
    """What just changed is counted anew."""
    rows = PersonDay.objects.filter(owner=person, day__gte=since).values_list("day", *COUNTED)
    by_day: ByDay = {day: dict(zip(COUNTED, counts, strict=True)) for day, *counts in rows}
    for day in _changed(person, since, by_day):
        by_day[day] = counting.now(person.pk, day)
    return by_day


def _of_all(since: date) -> ByDay:
    """As far as it is counted."""
    sums = [Sum(name) for name in COUNTED]
    rows = PersonDay.objects.filter(day__gte=since).order_by().values_list("day").annotate(*sums)
    return {day: dict(zip(COUNTED, counts, strict=True)) for day, *counts in rows}


def whole(spans: Sequence[Span]) -> Span:
    """All spans as one."""
    counts = {name: sum(span.counts[name] for span in spans) for name in COUNTED}
    return Span(spans[0].start, spans[-1].end, counts)


def behind() -> int:
    """How many days of anybody wait to be counted again."""
    return DayChange.objects.values("owner", "day").distinct().count()


def queue() -> Queue:
    """The review queue, as far as the dashboard tells of it."""
    return Queue(**QueueItem.objects.open().aggregate(total=Count("pk"), oldest=Min("created_at")))


def _changed(person: User, since: date, by_day: ByDay) -> list[date]:
    marked = DayChange.objects.filter(owner=person, day__gte=since).values("day")
    newest = marked.annotate(marks=Count("pk")).order_by("-day")[:_LIVE_DAYS]
    kept = {day: sum(counts.values()) for day, counts in by_day.items()}
    return [row["day"] for row in newest if row["marks"] + kept.get(row["day"], 0) <= _LIVE_UPLOADS]


def _spans(by_day: ByDay, since: date, today: date, width: int) -> list[Span]:
    starts = [since + timedelta(days=step) for step in range(0, (today - since).days + 1, width)]
    return [_span(by_day, start, min(start + timedelta(days=width - 1), today)) for start in starts]


def _span(by_day: ByDay, start: date, end: date) -> Span:
    days = [start + timedelta(days=step) for step in range((end - start).days + 1)]
    known = [by_day[day] for day in days if day in by_day]
    return Span(start, end, {name: sum(counts[name] for counts in known) for name in COUNTED})
