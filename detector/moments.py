"""Days as people say them: "2026-01-31", "today", or so long ago, "7d". What a saved view keeps goes on meaning it."""

import re
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

_AGO = re.compile(r"(\d{1,4})([hdwmy])", re.ASCII)
_UNITS = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "m": timedelta(days=30),
    "y": timedelta(days=365),
}
TODAY = "today"
WRONG = gettext_lazy('Write a day, as "2026-01-31" or "today", or how long ago, as "7d" (h, d, w, m, y).')


def is_relative(text: str) -> bool:
    """Whether it means another day tomorrow."""
    return text == TODAY or bool(_AGO.fullmatch(text))


def words_of(text: str) -> str:
    """A relative day in words; any other as it is written."""
    if text == TODAY:
        return _("today")
    if not (found := _AGO.fullmatch(text)):
        return text
    count = int(found[1])
    told = {
        "h": ngettext("%(count)d hour ago", "%(count)d hours ago", count),
        "d": ngettext("%(count)d day ago", "%(count)d days ago", count),
        "w": ngettext("%(count)d week ago", "%(count)d weeks ago", count),
        "m": ngettext("%(count)d month ago", "%(count)d months ago", count),
        "y": ngettext("%(count)d year ago", "%(count)d years ago", count),
    }
    return told[found[2]] % {"count": count}


def start_of(text: str) -> datetime:
    """The first moment of the day, or the moment so long ago.

    Raises:
        ValueError: it is neither.
    """
    if found := _AGO.fullmatch(text):
        return timezone.now() - int(found[1]) * _UNITS[found[2]]
    return _at(_day(text), time.min)


def end_of(text: str) -> datetime:
    """The last moment of the day, or the moment so long ago.

    Raises:
        ValueError: it is neither.
    """
    return start_of(text) if _AGO.fullmatch(text) else _at(_day(text), time.max)


def _day(text: str) -> date:
    return timezone.localdate() if text == TODAY else date.fromisoformat(text)


def _at(day: date, clock: time) -> datetime:
    try:
        return timezone.make_aware(datetime.combine(day, clock))
    except OverflowError as error:  # the first and the last day that there is, in another zone
        raise ValueError("No such moment.") from error
