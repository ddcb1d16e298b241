"""Plots as places and lengths for an SVG: across in per cent of the width, so that letters keep their size on a phone.

Beside each stands a table with the same figures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.utils.formats import date_format

from detector.sentences import figure
from learning.drift import ALARM, WATCH, Course, Week

HEIGHT, TOP, FLOOR = 150, 26, 124  # pixels: of the whole, the highest value, the axis
_LEFT, _WIDE = 6.0, 92.0  # per cent of the width that the figures take
_LABELS = 5  # dates under the axis, at most
_LOWEST_TOP, _HIGHEST = 0.3, 0.6  # the axis ends between these; what is greater is drawn at its end, with its figure


@dataclass(frozen=True, slots=True)
class Dot:
    """One week: where it stands, what it is called, whether it was compared."""

    x: str
    y: float
    week: date
    level: str
    words: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket: its share in the newest week, and the usual one, each as a width."""

    name: str
    share: float
    usual: float | None
    width: str
    usual_width: str


@dataclass(frozen=True, slots=True)
class Plot:
    """All that a template draws of one measure."""

    height: int
    floor: float
    watch_y: float
    alarm_y: float
    dots: list[Dot]
    bars: list[Bar]


def of(course: Course) -> Plot:
    """The distance by week, and the newest week that is over beside what is usual."""
    weeks = course.weeks
    every = -(-len(weeks) // _LABELS) or 1
    top = min(max((week.distance or 0.0 for week in weeks), default=0.0), _HIGHEST)
    y = partial(_y, max(top, _LOWEST_TOP))
    dots = [_dot(place, len(weeks), week, place % every == 0, y) for place, week in enumerate(weeks)]
    return Plot(HEIGHT, FLOOR, y(WATCH), y(ALARM), dots, _bars(course))


def _dot(place: int, count: int, week: Week, named: bool, y: Callable[[float], float]) -> Dot:
    known = week.distance is not None
    return Dot(
        x=f"{_LEFT + _WIDE * (place + 0.5) / count:.2f}%",
        y=y(week.distance) if week.distance is not None else FLOOR,
        week=week.week,
        level=week.level if known else "unknown",
        words=figure(week.distance, ".2f") if week.distance is not None and week.distance >= WATCH else "",
        label=date_format(week.week, "MONTH_DAY_FORMAT") if named else "",
    )


def _bars(course: Course) -> list[Bar]:
    last, usual = course.last, course.reference
    if last is None or not last.count:
        return []
    shares = {name: (last.share(name), usual.shares.get(name, 0.0) if usual else None)
              for name in course.measure.buckets}  # fmt: skip
    most = max(max(share, expected or 0.0) for share, expected in shares.values()) or 1.0
    return [
        Bar(name, share, expected, f"{100 * share / most:.1f}%", f"{100 * (expected or 0.0) / most:.1f}%")
        for name, (share, expected) in shares.items()
        if share or expected
    ]


def _y(top: float, distance: float) -> float:
    return round(FLOOR - (FLOOR - TOP) * min(distance, top) / top, 1)
