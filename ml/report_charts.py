"""The charts of an evaluation, for its page and for the page of a model's card: what a report lacks is not drawn."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ml import charts, tables
from ml.charts import Bar, Series
from ml.tables import percent

Measured = Mapping[str, Any]
Drawn = tuple[str, str]  # the title of a chart, and its SVG

RELIABILITY = ("test", "test_degraded")
_WORTH = ("auc", "balanced_accuracy", "accuracy")
_UNREST = ("contradicted", "crossed", "relabelled")
SERIES = ("AUC", "balanced accuracy", "accuracy", *_UNREST, "false alarms")  # by the number of their style


def false_alarms(report: Measured, title: str) -> tuple[str, float] | None:
    """A row for each set of photographs, and where the axis ends; sets marked † were never trained on."""
    rows = [_alarm(f"{name}{mark}", row) for name, mark, row in tables.photographs(report) if "degraded" not in mark]
    if not rows:
        return None
    high = max(0.05, *(row.interval[1] for row in rows))
    return charts.bars(title, rows, high), high


def reliability(report: Measured, title: str) -> tuple[str, list[str]] | None:
    """Stated against true share of fakes, and the names of what is drawn, each with the style of its place."""
    bins = report.get("reliability", {})
    names = [name for name in RELIABILITY if name in bins]
    if not names:
        return None
    points = [[(row["stated"], row["true"], row["weight"]) for row in bins[name]] for name in names]
    return charts.reliability(title, points), names


def journeys(report: Measured, titles: Mapping[str, tuple[str, str]]) -> Iterator[Drawn]:
    """Two charts of each kind of journey: what the model is worth after it, and how many verdicts change.

    `titles` hold those of the two for each kind; one that has none is called by its own name.
    """
    measured = report.get("robustness", {})
    for family, curve in measured.get("curves", {}).items():
        steps = [{"level": "as is", **measured["as_it_is"]}, *curve]
        worth, unrest = titles.get(family, (family, family))
        yield worth, _worth(worth, steps)
        yield unrest, _unrest(unrest, steps)


def key(names: Sequence[str]) -> str:
    """Which line is which: colour and dashes, in the order of their styles."""
    items = "".join(
        f'<li><svg class="s{number}" viewBox="0 0 36 10" aria-hidden="true"><polyline points="0,5 36,5"/>'
        f'<circle cx="18" cy="5" r="3"/></svg>{escape(name)}</li>'
        for number, name in enumerate(names)
    )
    return f'<ul class="key">{items}</ul>'


def _alarm(name: str, row: Measured) -> Bar:
    alarms = row["false_alarms"]
    return Bar(name, alarms["value"], alarms["interval"], percent(alarms["value"]))


def _worth(title: str, steps: Sequence[Measured]) -> str:
    series = [
        Series(name, [row.get(name) for row in steps], [row.get(f"{name}_interval") for row in steps])
        for name in _WORTH
    ]
    low = min((value for one in series for value in one.values if value is not None), default=0.5)
    return charts.lines(title, _places(steps), series, 0.5 if low >= 0.5 else 0.0, 1.0)


def _unrest(title: str, steps: Sequence[Measured]) -> str:
    alarms = [row.get("false_alarms", {}) for row in steps]
    series = [Series(name, [row["flips"][name] for row in steps]) for name in _UNREST]
    series.append(Series("false alarms", [one.get("value") for one in alarms], [one.get("interval") for one in alarms]))
    high = _tidy(max(float(value or 0) for one in series for value in one.values))
    return charts.lines(title, _places(steps), series, 0.0, high, first=len(_WORTH))


def _places(steps: Sequence[Measured]) -> list[str]:
    return [str(row["level"]) for row in steps]


def _tidy(value: float) -> float:
    """The top of an axis whose quarters are short to write."""
    return next(top for top in (0.04, 0.08, 0.2, 0.4, 0.8, 1.0) if value <= top)
