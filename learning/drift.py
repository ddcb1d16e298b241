"""Is what comes in still like what is usual? Weekly counts against the card of the model, or the first four weeks.

The distance is the population stability index, the sum of (p - q) ln(p / q) over the buckets, with half an image added
to each so that an empty one is no infinity. Below 0.1 it counts as steady, from 0.25 as an alarm, as is usual where it
is used (Siddiqi, 2006). A week of fewer than 200 images, and a reference of fewer than 500, is not judged: with as many
and ten buckets chance alone reaches 0.25 less than once in ten thousand weeks (Yurdakul and Naranjo, 2020).
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM
from detector import models_in_use
from detector.models import ModelVersion
from learning import telling
from learning.counting import collect, end_of, week_of
from learning.measures import MEASURES, Measure, Reference, of_card
from learning.models import CountCursor, DriftAlarm, WeeklyCount
from ml.sentences import Sentence, say

WATCH, ALARM = 0.1, 0.25
FEWEST, FEWEST_OF_REFERENCE = 200, 500
REFERENCE_WEEKS, SHOWN_WEEKS = 4, 26
_WEEK = timedelta(days=7)

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Week:
    """A measure in one week: how many images, how far from the reference, and what that means."""

    week: date
    counts: Counts
    distance: float | None
    level: str  # "steady", "watch", "alarm", "few", "reference", "open", "unknown"
    is_open: bool = False  # it is not over

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def share(self, bucket: str) -> float:
        return self.counts.get(bucket, 0) / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Course:
    """A measure over the weeks, oldest first, beside what is usual."""

    measure: Measure
    reference: Reference | None
    weeks: list[Week]

    @property
    def last(self) -> Week | None:
        """The newest week that is over."""
        return next((week for week in reversed(self.weeks) if not week.is_open), None)

    @property
    def newest_first(self) -> list[Week]:
        return self.weeks[::-1]


def distance(counts: Counts, reference: Reference) -> float:
    """The population stability index of counts against a reference."""
    buckets = {*counts, *reference.shares}
    total, usual = sum(counts.values()), reference.count
    index = 0.0
    for bucket in buckets:
        p = (counts.get(bucket, 0) + 0.5) / (total + 0.5 * len(buckets))
        q = (reference.shares.get(bucket, 0.0) * usual + 0.5) / (usual + 0.5 * len(buckets))
        index += (p - q) * math.log(p / q)
    return index


def courses(model: ModelVersion | None, *, today: date | None = None) -> list[Course]:
    """Every measure over the last half year: those about the model for this one, the others for all that came in."""
    now = week_of(timezone.now()) if today is None else today - timedelta(days=today.weekday())
    return [_course(measure, model if measure.of_model else None, now) for measure in MEASURES
            if model or not measure.of_model]  # fmt: skip


def _course(measure: Measure, model: ModelVersion | None, now: date) -> Course:
    known = WeeklyCount.objects.filter(measure=measure.key)
    rows = known.filter(model=model) if model else known
    first = _first_weeks(rows.filter(week__lt=now))
    usual = _usual(measure, model, _by_week(rows.filter(week__in=first)))
    shown = _by_week(rows.filter(week__gt=now - SHOWN_WEEKS * _WEEK))
    own = set(first) if usual and usual.kind == "weeks" else set()
    return Course(measure, usual, [_week(week, shown[week], usual, own, now) for week in sorted(shown)])


def _first_weeks(rows: Any) -> list[date]:
    """The first four weeks; more of them where few pictures come in, until there are enough to compare with."""
    found: list[date] = []
    total = 0
    for week, count in rows.values_list("week").annotate(total=Sum("count")).order_by("week"):
        if len(found) >= REFERENCE_WEEKS and total >= FEWEST_OF_REFERENCE:
            break
        found.append(week)
        total += count
    return found


def _by_week(rows: Any) -> dict[date, dict[str, int]]:
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for week, bucket, count in rows.values_list("week", "bucket").annotate(total=Sum("count")).order_by("week"):
        found[week][bucket] = count
    return found


def _usual(measure: Measure, model: ModelVersion | None, first: Mapping[date, Counts]) -> Reference | None:
    if model and (told := of_card(measure.key, models_in_use.card_of(model))):
        return told
    total: dict[str, int] = defaultdict(int)
    for counts in first.values():
        for bucket, count in counts.items():
            total[bucket] += count
    number = sum(total.values())
    return Reference({bucket: count / number for bucket, count in total.items()}, number, "weeks") if number else None


def _week(week: date, counts: Counts, usual: Reference | None, own: set[date], now: date) -> Week:
    if week in own:
        return Week(week, counts, None, "reference")
    known = usual is not None and usual.count >= FEWEST_OF_REFERENCE
    enough = sum(counts.values()) >= FEWEST
    index = distance(counts, usual) if usual and known and enough else None
    if week >= now:
        return Week(week, counts, index, "open", is_open=True)
    if index is None:
        return Week(week, counts, None, "few" if known else "unknown")
    return Week(week, counts, index, level_of(index))


def told(course: Course, week: Week) -> dict[str, Any]:
    """A week of a measure for a program: counts by bucket, what is usual, how far apart they are."""
    usual = course.reference
    return {
        "measure": course.measure.key,
        "week": week.week.isoformat(),
        "images": week.count,
        "distance": None if week.distance is None else round(week.distance, 4),
        "level": week.level,
        "counts": dict(week.counts),
        "usual": {name: round(share, 4) for name, share in usual.shares.items()} if usual else None,
        "reference": usual.kind if usual else None,
    }


def level_of(index: float) -> str:
    """What a distance means."""
    if index >= ALARM:
        return "alarm"
    return "watch" if index >= WATCH else "steady"


def sweep() -> str:
    """Count what is new; when a week is over and counted, compare it, and tell administrators once of each alarm."""
    return f"{collect()} counted, {judge()} alarms"


def judge() -> int:
    """Compare the week that ended last, unless that was done; how many alarms were raised."""
    cursor, week = CountCursor.objects.filter(pk=1).first(), week_of(timezone.now()) - _WEEK
    if cursor is None or not cursor.counted_until or cursor.counted_until < end_of(week):
        return 0
    if cursor.judged_week and cursor.judged_week >= week:
        return 0
    raised = sum(_raise(*found) for found in list(_alarms(week)))
    CountCursor.objects.filter(pk=1).update(judged_week=week)
    return raised


def _alarms(week: date) -> Iterator[tuple[Course, Week, str]]:
    seen = WeeklyCount.objects.filter(week=week).order_by("model").values_list("model", flat=True).distinct()
    for number, model in enumerate(ModelVersion.objects.filter(pk__in=list(seen)).order_by("pk")):
        for course in courses(model):
            if course.measure.of_model or number == 0:  # the files are the same, whichever model looked
                version = model.version if course.measure.of_model else ""
                yield from ((course, one, version) for one in course.weeks if (one.week, one.level) == (week, "alarm"))


@transaction.atomic
def _raise(course: Course, found: Week, version: str) -> bool:
    """Write an alarm down and tell it; False where that was done before."""
    named = {"week": found.week, "version": version, "measure": course.measure.key}
    values = {
        "distance": found.distance,
        "count": found.count,
        "reference": course.reference.kind if course.reference else "",
    }
    alarm, made = DriftAlarm.objects.get_or_create(**named, defaults=values)
    if made:
        details = {"week": found.week.isoformat(), "distance": round(alarm.distance, 3), "count": found.count}
        audit.record(SYSTEM, "drift.alarm", target=f"drift:{course.measure.key}", details=details)
        telling.of_drift(alarm, words(course, found, version))
    return made


def words(course: Course, found: Week, version: str) -> Sentence:
    """An alarm in a sentence or two."""
    name, card = course.measure.name, course.reference and course.reference.kind == "card"
    return say(
        "{what}: the week of {week:date} is unlike {usual} "
        "(distance {distance:.2f}, alarm from {alarm:g}; {images:,} images).",
        what=say("{measure} of model {version}", measure=name, version=version) if version else name,
        week=found.week.isoformat(),
        usual=say("what its card measured") if card else say("the first four weeks"),
        distance=found.distance,
        alarm=ALARM,
        images=found.count,
    )
