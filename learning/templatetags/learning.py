"""The words in which pages of learning say shares, differences and what a week means."""

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detector.sentences import figure, told
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


_BUCKETS = {"yes": _("yes"), "no": _("no"), "other": _("other")}


@register.filter
def share(value: Share) -> str:
    """12 of 340 as "3.5 %"; nothing where nothing was seen."""
    return f"{figure(100 * value.value, '.1f')}{_SPACE}%" if value.of else "–"


@register.filter
def interval(value: Share) -> str:
    """The interval and the counts it rests on."""
    if not value.of:
        return gettext("no images yet")
    low, high = value.interval
    figures = {"low": figure(100 * low, ".1f"), "high": figure(100 * high, ".1f")}
    counts = {"hits": figure(value.hits, ","), "count": figure(value.of, ",")}
    return gettext("%(low)s to %(high)s\u00a0%%, %(hits)s of %(count)s") % (figures | counts)


@register.filter
def difference(value: Difference) -> str:
    """Candidate minus served, in points, with its interval."""
    points = [figure(100 * part, "+.1f").replace("-", "\u2212") for part in value]
    values = {"points": points[0], "low": points[1], "high": points[2]}
    return gettext("%(points)s points (%(low)s to %(high)s)") % values


@register.filter
def level_words(level: str) -> str:
    return str(_LEVELS[level][0]) if level in _LEVELS else level


@register.filter
def level_icon(level: str) -> str:
    return str(_LEVELS[level][1]) if level in _LEVELS else "minus"


@register.filter
def measure_name(key: str) -> str:
    return told(BY_KEY[key].name) if key in BY_KEY else key


@register.filter
def bucket_name(bucket: str) -> str:
    """What a bucket of a measure is called; formats of files keep their names."""
    match bucket.split():
        case ["under", edge]:
            return gettext("under %(edge)s") % {"edge": _number(edge)}
        case [low, "to", high, *unit]:
            words = gettext("%(low)s to %(high)s") % {"low": _number(low), "high": _number(high)}
            return f"{words}{_SPACE}%" if unit else words
        case [edge, "and", "more"]:
            return gettext("%(edge)s and more") % {"edge": _number(edge)}
    return str(_BUCKETS.get(bucket, bucket))


def _number(text: str) -> str:
    return figure(float(text), "g")


@register.filter
def share_of(week: Week, bucket: str) -> float:
    return week.share(bucket)
