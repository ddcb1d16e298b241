"""What somebody used and what is left of it: by limit, and by what they used it with (their browser, each token)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import allowances, counting, quotas
from accounts.allowances import LIMITS
from accounts.counting import Ask
from accounts.models import ApiToken, Measure, UsageCounter, User
from accounts.spent import bytes_words

SHOWN = ("uploads_per_day", "bytes_per_day", "bytes_per_month", "bytes_kept")
BY_MINUTE = ("reads_per_minute", "writes_per_minute", "uploads_per_minute")
_TITLES = {
    "uploads_per_day": _("Uploads today"),
    "bytes_per_day": _("Handed in today"),
    "bytes_per_month": _("Handed in this month"),
    "bytes_kept": _("Kept in the storage"),
    "reads_per_minute": _("Requests that read, this minute"),
    "writes_per_minute": _("Requests that write, this minute"),
    "uploads_per_minute": _("Uploads this minute"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """How one limit stands; `most` 0 is no limit."""

    name: str
    title: Promise
    measure: str
    used: int
    most: int
    ends: datetime | None

    @property
    def left(self) -> int | None:
        return max(0, self.most - self.used) if self.most else None

    @property
    def share(self) -> int:
        """From 0 to 100, which means full."""
        return min(100, 100 * self.used // self.most) if self.most else 0

    @property
    def used_words(self) -> str:
        return self._words(self.used)

    @property
    def most_words(self) -> str:
        return self._words(self.most)

    @property
    def left_words(self) -> str:
        return self._words(self.left or 0)

    def _words(self, amount: int) -> str:
        return bytes_words(amount) if self.measure in (Measure.BYTES, Measure.KEPT) else intcomma(amount)


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one stretch of time."""

    requests: int
    uploads: int
    bytes: int

    @property
    def bytes_words(self) -> str:
        return bytes_words(self.bytes)


@dataclass(frozen=True, slots=True)
class Source:
    """What was used with one token, or (None) without any."""

    token: ApiToken | None
    today: Sums
    month: Sums


def limits_of(person: User) -> list[Line]:
    quotas.know_kept(person)
    chosen = [LIMITS[name] for name in (*SHOWN, *BY_MINUTE)]
    asks = [Ask(f"user:{person.pk}", Measure(one.measure), counting.window(one.period), 0) for one in chosen]
    return [
        Line(one.name, _TITLES[one.name], one.measure, state.amount, allowances.of_person(person, one.name), ends)
        for one, state in zip(chosen, counting.look(asks), strict=True)
        for ends in [state.ask.window.end]
    ]


def sources_of(person: User) -> list[Source]:
    """The browser first, then each token that was used this month or may be used."""
    today, month = counting.window("day").begin, counting.window("month").begin
    rows = UsageCounter.objects.filter(person=person, period="day", since__gte=month)
    by_month: dict[str, Counter[str]] = {}
    by_day: dict[str, Counter[str]] = {}
    for row in rows:
        by_month.setdefault(row.subject, Counter())[row.measure] += row.amount
        if row.since == today:
            by_day.setdefault(row.subject, Counter())[row.measure] += row.amount
    tokens = [(token, f"token:{token.pk}") for token in person.api_tokens.all()]
    shown = [(token, key) for token, key in tokens if key in by_month or token.status == "active"]
    return [
        Source(None, *(_rest(found, person) for found in (by_day, by_month))),
        *(Source(token, *(_sums(found.get(key, Counter())) for found in (by_day, by_month))) for token, key in shown),
    ]


def _rest(found: dict[str, Counter[str]], person: User) -> Sums:
    """What no token did: tokens that are gone stay in the sum of the person."""
    own = f"user:{person.pk}"
    rest = Counter(found.get(own, Counter()))
    for subject, counts in found.items():
        if subject != own:
            rest.subtract(counts)
    return _sums(rest)


def _sums(counts: Counter[str]) -> Sums:
    requests = counts[Measure.READS] + counts[Measure.WRITES]
    return Sums(max(0, requests), max(0, counts[Measure.UPLOADS]), max(0, counts[Measure.BYTES]))
