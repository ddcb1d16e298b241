"""Days as people say them: "2026-01-31", or so long ago, "7d". What is kept of a saved view goes on meaning it."""

import re
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy

_AGO = re.compile(r"(\d{1,4})([hdwmy])", re.ASCII)
_UNITS = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "m": timedelta(days=30),
    "y": timedelta(days=365),
}
WRONG = gettext_lazy('Write a day, as "2026-01-31", or how long ago, as "7d" (h, d, w, m, y).')


def is_ago(text: str) -> bool:
    return bool(_AGO.fullmatch(text))


def start_of(text: str) -> datetime:
    """The first moment of the day, or the moment so long ago.

    Raises:
        ValueError: it is neither.
    """
    if found := _AGO.fullmatch(text):
        return timezone.now() - int(found[1]) * _UNITS[found[2]]
    return _at(date.fromisoformat(text), time.min)


def end_of(text: str) -> datetime:
    """The last moment of the day, or the moment so long ago.

    Raises:
        ValueError: it is neither.
    """
    return start_of(text) if is_ago(text) else _at(date.fromisoformat(text), time.max)


def _at(day: date, clock: time) -> datetime:
    try:
        return timezone.make_aware(datetime.combine(day, clock))
    except OverflowError as error:  # the first and the last day that there is, in another zone
        raise ValueError("No such moment.") from error
