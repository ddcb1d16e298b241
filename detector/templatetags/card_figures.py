"""How the figures of a model's card are written: shares with a decimal, intervals beside them, in the reader's way."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from detector.card_page import Headline

register = template.Library()

_SPACE = "\u00a0"


@register.filter
def figure(one: Headline) -> str:
    """0.0147 as "1.5 %", an AUC as "0.840"."""
    return _share(one.value) if one.is_share else _rounded(one.value, 3)


@register.filter
def figure_interval(one: Headline) -> str:
    """The 95 % interval of a figure in words; nothing where there is none."""
    if one.interval is None:
        return ""
    digits, by = (1, 100) if one.is_share else (3, 1)
    return _between([_rounded(edge * by, digits) for edge in one.interval])


@register.filter
def share_figure(row: Mapping[str, Any] | None) -> str:
    """A share and how many it was counted from; a dash where the set holds none of that kind."""
    if not row:
        return "–"
    return _("%(share)s of %(count)s") % {"share": _share(row["value"]), "count": number_format(row["of"])}


@register.filter
def whole_share(value: float | str | None) -> str:
    return _share(float(value)) if value not in (None, "") else "–"


@register.filter
def set_name(name: str) -> str:
    return name.replace("_", " ")


def _rounded(value: float, digits: int) -> str:
    return number_format(round(value, digits), digits)  # by itself it cuts the rest off


def _share(value: float) -> str:
    return f"{_rounded(value * 100, 1)}{_SPACE}%"


def _between(edges: Sequence[str]) -> str:
    return _("%(low)s to %(high)s") % {"low": edges[0], "high": edges[1]}
