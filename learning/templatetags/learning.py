"""The words in which pages of learning say shares, differences and what a week means."""

from django import template
from django.utils.translation import gettext_lazy as _

from learning.comparison import Difference, Share
from learning.drift import Week
from learning.measures import BY_KEY

register = template.Library()

_SPACE = "\u00a0"
_LEVELS = {  # level: (words, icon)
    "steady": (_("Steady"), "check"),
    "watch": (_("Keep an eye on it"), "eye"),
    "alarm": (_("Unlike what is usual"), "failed"),
    "few": (_("Too few images"), "minus"),
    "reference": (_("Part of what is usual"), "minus"),
    "open": (_("This week, so far"), "pending"),
    "unknown": (_("Nothing to compare with yet"), "minus"),
}


@register.filter
def share(value: Share) -> str:
    """12 of 340 as "3.5 %"; nothing where nothing was seen."""
    return f"{100 * value.value:.1f}{_SPACE}%" if value.of else "–"


@register.filter
def interval(value: Share) -> str:
    """The interval and the counts it rests on."""
    if not value.of:
        return "no images yet"
    low, high = value.interval
    return f"{100 * low:.1f} to {100 * high:.1f}{_SPACE}%, {value.hits:,} of {value.of:,}"


@register.filter
def difference(value: Difference) -> str:
    """Candidate minus served, in points, with its interval."""
    points = [f"{100 * part:+.1f}".replace("-", "\u2212") for part in value]
    return f"{points[0]} points ({points[1]} to {points[2]})"


@register.filter
def level_words(level: str) -> str:
    return _LEVELS[level][0] if level in _LEVELS else level


@register.filter
def level_icon(level: str) -> str:
    return _LEVELS[level][1] if level in _LEVELS else "minus"


@register.filter
def measure_name(key: str) -> str:
    return BY_KEY[key].name if key in BY_KEY else key


@register.filter
def share_of(week: Week, bucket: str) -> float:
    return week.share(bucket)
