"""Shares, kappas and spans of time in words."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext

from desk.measures import Agreement, Share
from detector.sentences import figure

register = template.Library()

_UNITS = (
    (60 * 24, ngettext_lazy("%(count)d\u00a0day", "%(count)d\u00a0days", "count")),
    (60, ngettext_lazy("%(count)d\u00a0hour", "%(count)d\u00a0hours", "count")),
    (1, ngettext_lazy("%(count)d\u00a0minute", "%(count)d\u00a0minutes", "count")),
)


@register.filter
def share_words_of(found: Share | None) -> str:
    """ "3 of 40: 8 % (3 to 20 %)", or a dash where there is nothing to go by."""
    if found is None:
        return "–"
    shares = {"share": found.value, "low": found.low, "high": found.high}
    values = {name: f"{part * 100:.0f}" for name, part in shares.items()} | {"hits": found.hits, "count": found.n}
    return _("%(hits)s of %(count)s: %(share)s\u00a0%% (%(low)s to %(high)s\u00a0%%)") % values


@register.filter
def kappa_words(found: Agreement) -> str:
    """ "0.40 (0.15 to 0.65)"; where only one answer was ever given kappa says nothing."""
    if found.kappa is None:
        return _("says nothing: only one answer was given")
    value, low, high = (figure(part or 0.0, ".2f") for part in (found.kappa, found.low, found.high))
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


@register.filter
def span(time: timedelta) -> str:
    """A length of time in its largest fitting unit: "3 hours"."""
    minutes = time.total_seconds() / 60
    for size, words in _UNITS:
        if minutes >= size:
            count = round(minutes / size)
            return words % {"count": count}
    return pgettext("a length of time", "a minute")
