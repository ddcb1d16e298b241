"""Figures for moderators: what waits, what was done, who agrees with whom, and how often the machine errs.

Error rates come from the random sample alone. The rest of the queue is what the machine itself found doubtful, or
somebody disputed: of it, rates would say how hard the queue is, not how good the machine.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk import measures
from desk.measures import Agreement, Share
from desk.models import ItemState, QueueItem, Reason
from detector.models import Analysis, Decision, Label, Review, State

_FAKE = {Label.AI_GENERATED.value, Label.MANIPULATED.value}
_DEFINITE = {Decision.AUTHENTIC.value, *_FAKE}
_BUCKETS = [(gettext_lazy("1 hour"), 1), (gettext_lazy("1 day"), 24), (gettext_lazy("1 week"), 24 * 7)]  # hours


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue now. `ages` counts what waits by for how long, `reasons` by why, each in a fixed order."""

    total: int
    claimed: int
    oldest: datetime | None
    median: datetime | None
    ages: list[tuple[str, int]]
    reasons: list[tuple[str, str, int, datetime | None]]


@dataclass(frozen=True, slots=True)
class Done:
    """What was decided: by day or week, by whom, and how long it had waited."""

    total: int
    weekly: bool
    by_time: list[tuple[date, int]]
    by_person: list[tuple[str, int]]
    median_wait: timedelta | None


@dataclass(frozen=True, slots=True)
class Errors:
    """Of images in the random sample with a definite decision: how often the machine called them wrongly."""

    name: str
    false_alarms: Share | None  # of those that a person judged authentic, called fake
    missed: Share | None  # of those that a person judged fake, called "no sign"
    inconclusive: Share | None  # of all, left open by the machine


@dataclass(frozen=True, slots=True)
class Sample:
    """The random sample of a period: how much of it has been decided, and what it says."""

    drawn: int
    decided: int
    by_version: list[Errors]
    by_time: list[Errors]


def waiting() -> Waiting:
    """The queue as it is now."""
    rows = list(QueueItem.objects.open().values_list("created_at", "reason", "lease_until"))
    now, moments = timezone.now(), sorted(row[0] for row in rows)
    return Waiting(
        total=len(rows),
        claimed=sum(1 for row in rows if row[2] and row[2] >= now),
        oldest=moments[0] if moments else None,
        median=moments[len(moments) // 2] if moments else None,
        ages=_ages(moments, now),
        reasons=list(_reasons(rows)),
    )


def _ages(moments: Iterable[datetime], now: datetime) -> list[tuple[str, int]]:
    hours = [(now - moment) / timedelta(hours=1) for moment in moments]
    bounds = [0, *(high for _name, high in _BUCKETS)]
    counts = [
        (str(name), sum(low <= age < high for age in hours))
        for (name, high), low in zip(_BUCKETS, bounds, strict=False)
    ]
    return [*counts, (_("longer"), sum(age >= bounds[-1] for age in hours))]


def _reasons(rows: list[Any]) -> Iterator[tuple[str, str, int, datetime]]:
    for reason in Reason:
        if since := [created for created, why, _lease in rows if why == reason]:
            yield reason.value, str(reason.label), len(since), min(since)


def done(since: datetime | None) -> Done:
    """What was decided from then on; decisions that were taken back do not count."""
    rows = Review.objects.filter(undone_at=None)
    rows = rows.filter(created_at__gte=since) if since else rows
    told = list(rows.order_by("created_at").values_list("created_at", "reviewer__username"))
    days = [timezone.localtime(moment).date() for moment, _name in told]
    weekly = bool(days) and (days[-1] - days[0]).days > 31
    people = Counter(name or _("account gone") for _moment, name in told)
    return Done(len(told), weekly, list(_by_time(days, weekly)), people.most_common(), _median_wait(since))


def _by_time(days: list[date], weekly: bool) -> Iterator[tuple[date, int]]:
    """Every day or week from the first to the last, those without a decision too."""
    if not days:
        return
    counted = Counter(_start(day) if weekly else day for day in days)
    step = timedelta(days=7 if weekly else 1)
    at, end = min(counted), max(counted)
    while at <= end:
        yield at, counted[at]
        at += step


def _start(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def _median_wait(since: datetime | None) -> timedelta | None:
    rows = QueueItem.objects.filter(state=ItemState.DONE, closed_at__isnull=False)
    rows = rows.filter(closed_at__gte=since) if since else rows
    waits = [closed - made for made, closed in rows.values_list("created_at", "closed_at")]
    return median(waits) if waits else None


def agreements(since: datetime | None, version: str = "") -> list[tuple[str, str, Agreement | None]]:
    """Who agrees with whom: a name, what it is good for, the measure."""
    rows = Review.objects.filter(undone_at=None, decision__in=_DEFINITE, machine_label__in=_DEFINITE)
    rows = rows.filter(created_at__gte=since) if since else rows
    rows = rows.filter(machine_version=version) if version else rows
    told = list(rows.values_list("machine_label", "decision", "item__sampled", "item__blind"))
    drawn = [(machine, person) for machine, person, sampled, _blind in told if sampled]
    blind = [(machine, person) for machine, person, _sampled, hidden in told if hidden]
    every = [(machine, person) for machine, person, _sampled, _blind in told]
    return [
        (_("Machine and people, random sample"), _("Says how good the machine is."), measures.agreement(drawn)),
        (_("Machine and people, machine hidden"), _("Not swayed by the machine."), measures.agreement(blind)),
        (_("Machine and people, all"), _("Mostly doubtful images."), measures.agreement(every)),
        (_("Two people, second opinions"), _("Says how hard the images are."), measures.agreement(_second(since))),
    ]


def _second(since: datetime | None) -> list[tuple[str, str]]:
    """First decision and second opinion, which was given without knowing the first."""
    rows = QueueItem.objects.filter(second_to__isnull=False, review__undone_at=None, review__decision__in=_DEFINITE)
    rows = rows.filter(second_to__undone_at=None, second_to__decision__in=_DEFINITE)
    rows = rows.filter(review__created_at__gte=since) if since else rows
    return list(rows.values_list("second_to__decision", "review__decision"))


def sample(since: datetime | None, version: str = "") -> Sample:
    """What the random sample says, by model version and over time."""
    items = QueueItem.objects.filter(sampled=True)
    items = items.filter(created_at__gte=since) if since else items
    moments = dict(items.values_list("upload", "created_at"))
    truths = _truths(items.values("upload"))
    answers = list(_answers(items.values("upload"), version))
    versions = sorted({name for _upload, name, _label in answers}, reverse=True)
    weekly = {upload: _start(timezone.localtime(moment).date()) for upload, moment in moments.items()}
    return Sample(
        drawn=len(moments),
        decided=len(truths.keys() & moments.keys()),
        by_version=[_errors(name, [one for one in answers if one[1] == name], truths) for name in versions],
        by_time=list(_over_time(answers, truths, weekly)),
    )


def _truths(uploads: Any) -> dict[object, str]:
    """The decision that stands of each upload; rows come oldest first, so that the newest stays."""
    rows = Review.objects.filter(undone_at=None, upload__in=uploads).order_by("pk")
    return dict(rows.values_list("upload", "decision"))


def _answers(uploads: Any, version: str) -> Iterator[tuple[object, str, str]]:
    """(upload, version, label): of each model that looked at it, the last word."""
    rows = Analysis.objects.filter(state=State.DONE, upload__in=uploads)
    rows = rows.filter(model__version=version) if version else rows
    yield from rows.order_by("pk").values_list("upload", "model__version", "label")


def _errors(name: str, answers: Iterable[tuple[object, str, str]], truths: dict[object, str]) -> Errors:
    told = [(label, truths[upload]) for upload, _version, label in answers if truths.get(upload) in _DEFINITE]
    real = [label for label, truth in told if truth == Decision.AUTHENTIC]
    fake = [label for label, truth in told if truth in _FAKE]
    return Errors(
        name,
        false_alarms=measures.share(sum(label in _FAKE for label in real), len(real)),
        missed=measures.share(sum(label == Label.AUTHENTIC for label in fake), len(fake)),
        inconclusive=measures.share(sum(label == Label.INCONCLUSIVE for label, _truth in told), len(told)),
    )


def _over_time(
    answers: list[tuple[object, str, str]], truths: dict[object, str], weekly: dict[object, date]
) -> Iterator[Errors]:
    """By the week in which the image was drawn; of several models, the newest that answered."""
    newest = {upload: (upload, version, label) for upload, version, label in answers}
    for week in sorted(set(weekly.values())):
        yield _errors(week.isoformat(), [one for upload, one in newest.items() if weekly[upload] == week], truths)


def versions() -> list[str]:
    """Every model whose verdicts were reviewed, newest first."""
    names = Review.objects.exclude(machine_version="").values_list("machine_version", flat=True).distinct()
    return sorted(names, reverse=True)
