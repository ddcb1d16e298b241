"""Shares, kappas and spans of time in words."""

from datetime import timedelta

from django import template

from desk.measures import Agreement, Share

register = template.Library()

_SPACE = "\u00a0"  # a figure never parts from its sign


@register.filter
def share_words_of(found: Share | None) -> str:
    """ "3 of 40: 8 % (3 to 20 %)", or a dash where there is nothing to go by."""
    if found is None:
        return "–"
    low, high = (f"{part * 100:.0f}" for part in (found.low, found.high))
    return f"{found.hits} of {found.n}: {found.value * 100:.0f}{_SPACE}% ({low} to {high}{_SPACE}%)"


@register.filter
def kappa_words(found: Agreement) -> str:
    """ "0.40 (0.15 to 0.65)"; where only one answer was ever given kappa says nothing."""
    if found.kappa is None:
        return "says nothing: only one answer was given"
    return f"{found.kappa:.2f} ({found.low:.2f} to {found.high:.2f})"


@register.filter
def span(time: timedelta) -> str:
    """A length of time in its largest fitting unit: "3 hours"."""
    minutes = time.total_seconds() / 60
    for size, name in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = round(minutes / size)
            return f"{count}{_SPACE}{name}{'' if count == 1 else 's'}"
    return "a minute"
