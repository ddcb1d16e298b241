"""Charts as inline SVG: no script, no font, no file; colours and dashes come from the page's style sheet.

A series is told by its number: the style sheet gives `.s0`, `.s1`… a colour each and a pattern of dashes, so that no
reader depends on colour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

Edges = tuple[float, float] | None
_WIDTH, _HEIGHT = 340, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 10, 34
_ROW, _NAMES, _SAID = 24, 128, 52


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a value for each place of the chart, None where there is none, with intervals where they are known."""

    name: str
    values: Sequence[float | None]
    intervals: Sequence[Edges] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval, told in words at the end of its row."""

    name: str
    value: float
    interval: tuple[float, float]
    said: str


def lines(title: str, places: Sequence[str], series: Sequence[Series], low: float, high: float, first: int = 0) -> str:
    """Lines over named places, from `low` to `high`; `first` is the number of the first series' style."""
    grid = _grid(low, high)
    ticks = "".join(_text(_x(index, len(places)), _HEIGHT - 14, name) for index, name in enumerate(places))
    drawn = "".join(
        _line(one, number, len(places), low, high) for number, one in enumerate(series, start=first) if any_of(one)
    )
    return _svg(title, _HEIGHT, grid + ticks + drawn)


def reliability(title: str, series: Sequence[Sequence[tuple[float, float, float]]]) -> str:
    """Stated against true share with the diagonal of what comes true; points of (stated, true, weight)."""
    diagonal = f'<line class="ideal" x1="{_LEFT}" y1="{_y(0, 0, 1)}" x2="{_WIDTH - _RIGHT}" y2="{_y(1, 0, 1)}"/>'
    ticks = "".join(_text(_along(value), _HEIGHT - 14, f"{value:g}") for value in (0, 0.25, 0.5, 0.75, 1))
    points = "".join(_points(one, number) for number, one in enumerate(series))
    return _svg(title, _HEIGHT, _grid(0, 1) + ticks + diagonal + points)


def bars(title: str, rows: Sequence[Bar], high: float) -> str:
    """A row for each value: a dot, its interval as a line, and the value in words; from 0 to `high`."""
    body = "".join(_bar(row, place, high) for place, row in enumerate(rows))
    return _svg(title, _ROW * len(rows) + 6, body)


def any_of(series: Series) -> bool:
    """Whether a series has a value at all."""
    return any(value is not None for value in series.values)


def _svg(title: str, height: int, body: str) -> str:
    name = escape(title, quote=True)
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{name}">{body}</svg>'


def _line(series: Series, number: int, places: int, low: float, high: float) -> str:
    points = [
        (_x(index, places), _y(value, low, high)) for index, value in enumerate(series.values) if value is not None
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in points)
    return f'<g class="s{number}">{_band(series, places, low, high)}<polyline points="{path}"/>{dots}</g>'


def _band(series: Series, places: int, low: float, high: float) -> str:
    known = [(index, edges) for index, edges in enumerate(series.intervals) if edges]
    if not known:
        return ""
    lower = [(_x(index, places), _y(edges[0], low, high)) for index, edges in known]
    upper = [(_x(index, places), _y(edges[1], low, high)) for index, edges in reversed(known)]
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in (*lower, *upper))}"/>'


def _points(points: Sequence[tuple[float, float, float]], number: int) -> str:
    path = " ".join(f"{_along(stated):.1f},{_y(true, 0, 1):.1f}" for stated, true, _ in points)
    dots = "".join(
        f'<circle cx="{_along(stated):.1f}" cy="{_y(true, 0, 1):.1f}" r="{2 + 8 * weight**0.5:.1f}"/>'
        for stated, true, weight in points
    )
    return f'<g class="s{number} points"><polyline points="{path}"/>{dots}</g>'


def _bar(row: Bar, place: int, high: float) -> str:
    middle, span = _ROW * place + _ROW / 2 + 3, _WIDTH - _NAMES - _SAID
    low, value, top = (_NAMES + span * min(edge / high, 1.0) for edge in (row.interval[0], row.value, row.interval[1]))
    return (
        f'<line class="axis" x1="{_NAMES}" y1="{middle:.1f}" x2="{_NAMES + span}" y2="{middle:.1f}"/>'
        f'<g class="s0"><line class="span" x1="{low:.1f}" y1="{middle:.1f}" x2="{top:.1f}" y2="{middle:.1f}"/>'
        f'<circle cx="{value:.1f}" cy="{middle:.1f}" r="4"/></g>'
        f"{_text(_NAMES - 8, middle + 4, row.name, 'end')}{_text(_WIDTH, middle + 4, row.said, 'end')}"
    )


def _grid(low: float, high: float) -> str:
    return "".join(_rule(low + part * (high - low) / 4, low, high) for part in range(5))


def _rule(value: float, low: float, high: float) -> str:
    y = _y(value, low, high)
    label = _text(_LEFT - 6, y + 4, f"{value:.3g}", "end")
    return f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>{label}'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _x(index: int, places: int) -> float:
    span = _WIDTH - _LEFT - _RIGHT - 20
    return _LEFT + 10 + (span * index / (places - 1) if places > 1 else span / 2)


def _along(share: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share


def _y(value: float, low: float, high: float) -> float:
    share = (min(max(value, low), high) - low) / (high - low)
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)


def wrapped(charts: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Figures with their captions, to stand side by side where there is room."""
    yield '<div class="charts">'
    yield from (f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>" for caption, svg in charts)
    yield "</div>"
