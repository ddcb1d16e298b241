"""Charts as places and lengths for an SVG: across in per cent of the width, so that letters keep their size on a phone.

Beside each stands a table with the same figures; the chart is for the eye alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from desk.measures import Share
from detector.sentences import figure

HEIGHT, TOP, BOTTOM = 200, 20, 26  # pixels: of the whole, above the highest value, under the lowest
_LEFT, _WIDE = 7.0, 92.0  # per cent of the width that the figures take
_LABELS = 8  # names under the axis, at most


@dataclass(frozen=True, slots=True)
class Mark:
    """One value: where it stands, how high it reaches, what is written under it and over it."""

    x: str
    left: str
    width: str
    y: float
    height: float
    low: float
    high: float
    name: str
    words: str
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """One line across, with its value."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a template draws."""

    height: int
    floor: float
    marks: list[Mark]
    ticks: list[Tick]


def bars(values: Sequence[tuple[str, int]]) -> Chart:
    """Counts, one bar each."""
    most = _round_up(max((count for _, count in values), default=1))
    marks = [
        _mark(place, len(values), name, str(count), _y(count / most), _y(count / most), _y(count / most))
        for place, (name, count) in enumerate(values)
    ]
    return Chart(HEIGHT, _y(0), marks, [Tick(_y(part / 2), figure(most * part / 2, "g")) for part in range(3)])


def intervals(values: Sequence[tuple[str, Share | None]]) -> Chart:
    """Shares with their intervals: a point on a line each. What has no images has a name and no point."""
    most = min(1.0, _round_up_share(max((one.high for _, one in values if one), default=0.1)))
    marks = [_interval(place, len(values), name, one, most) for place, (name, one) in enumerate(values)]
    return Chart(
        HEIGHT, _y(0), marks, [Tick(_y(part / 2), figure(most * part / 2 * 100, "g") + " %") for part in range(3)]
    )


def _interval(place: int, count: int, name: str, one: Share | None, most: float) -> Mark:
    if one is None:
        return _mark(place, count, name, _("no images"), _y(0), _y(0), _y(0), empty=True)
    value, low, high = (_y(min(part / most, 1.0)) for part in (one.value, one.low, one.high))
    return _mark(place, count, name, f"{one.value * 100:.0f} %", value, low, high)


def _mark(
    place: int, count: int, name: str, words: str, y: float, low: float, high: float, empty: bool = False
) -> Mark:
    step = _WIDE / max(count, 1)
    middle, wide = _LEFT + step * (place + 0.5), min(step * 0.7, 9.0)
    every = math.ceil(count / _LABELS)
    return Mark(
        x=f"{middle:.2f}%",
        left=f"{middle - wide / 2:.2f}%",
        width=f"{wide:.2f}%",
        y=y,
        height=round(_y(0) - y, 1),
        low=low,
        high=high,
        name=name if place % every == 0 else "",
        words=words,
        empty=empty,
    )


def _y(part: float) -> float:
    """From a share of the axis to pixels from the top."""
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - part), 1)


def _round_up(value: int) -> int:
    """An even number that is easy to read, at least this high."""
    if value <= 2:
        return 2
    unit = 10 ** (len(str(value)) - 1)
    return int(next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= value))


def _round_up_share(value: float) -> float:
    return next(step for step in (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if step >= min(value, 1.0))
