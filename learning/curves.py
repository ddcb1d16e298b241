"""The curve of a training run as charts: inline SVG, each value also in the table beside them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from detector.sentences import figure
from ml import charts
from ml.charts import Series

_PANELS = (
    (gettext_lazy("Loss"), ("loss", "mask_loss")),
    (gettext_lazy("Accuracy and validation"), ("accuracy", "validation_accuracy", "validation_auc")),
    (gettext_lazy("Learning rate, in thousandths"), ("learning_rate",)),
)
_NAMES = (  # of columns, as `_words` makes them
    gettext_noop("Epoch"),
    gettext_noop("Loss"),
    gettext_noop("Mask loss"),
    gettext_noop("Accuracy"),
    gettext_noop("Validation accuracy"),
    gettext_noop("Validation AUC"),
    gettext_noop("Learning rate"),
    gettext_noop("Seconds"),
)
_COLUMNS = ("epoch", *(name for _title, names in _PANELS for name in names), "seconds")


@dataclass(frozen=True, slots=True)
class Chart:
    """A title, the names of its lines with the numbers of their styles, and the drawing."""

    title: str
    names: list[tuple[int, str]]
    svg: SafeString


@dataclass(frozen=True, slots=True)
class Curve:
    """What a page shows of a curve."""

    charts: list[Chart]
    columns: list[str]
    rows: list[list[str]]


def of(rows: Sequence[Mapping[str, Any]]) -> Curve:
    """Charts and table of the rows of `history.csv`."""
    known = [name for name in _COLUMNS if any(row.get(name) is not None for row in rows)]
    drawn = [_chart(str(title), names, rows) for title, names in _PANELS if any(name in known for name in names)]
    return Curve(drawn, [_words(name) for name in known], [[_cell(row.get(name)) for name in known] for row in rows])


def _chart(title: str, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Chart:
    series = [Series(_words(name), [_scaled(name, row.get(name)) for row in rows]) for name in names]
    series = [one for one in series if charts.any_of(one)]
    values = [float(value) for one in series for value in one.values if value is not None]
    low, high = _edges(values)
    places = [str(row["epoch"]) for row in rows]
    drawing = charts.lines(
        _("%(title)s by epoch") % {"title": title}, places, series, low, high
    )  # it escapes every word
    return Chart(title, [(number, one.name) for number, one in enumerate(series)], mark_safe(drawing))  # noqa: S308


def _scaled(name: str, value: float | None) -> float | None:
    """A rate has too many noughts for an axis."""
    return 1000 * value if value is not None and name == "learning_rate" else value


def _edges(values: Sequence[float]) -> tuple[float, float]:
    """From 0 to a value whose quarters are short to write; from one half to 1 where all lies between."""
    low, high = min(values), max(values)
    if low >= 0.5 and high <= 1:
        return 0.5, 1.0
    scale = 10 ** math.floor(math.log10(high)) if high > 0 else 1.0
    return 0.0, next(top * scale for top in (1, 2, 4, 8, 10) if top * scale >= high)


def _words(name: str) -> str:
    return _(name.replace("auc", "AUC").replace("_", " ").capitalize().replace("auc", "AUC"))


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return figure(value, ".4g") if isinstance(value, float) else str(value)
