"""A candidate beside the model that served: where they agree, what would change, who errs more often, how sure that is.

A share carries Wilson's interval. The difference of two shares of the same images carries Newcombe's interval for
paired proportions (1998, his tenth method), which knows that both looked at the same pictures.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Avg, Count, Exists, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from desk.models import QueueItem
from detector.models import Decision, Label, Review, State
from learning.models import Shadow, ShadowScore
from ml.promotion import wilson

_FAKE = (Label.AI_GENERATED, Label.MANIPULATED)
_DECIDED = (Decision.AUTHENTIC, Decision.AI_GENERATED, Decision.MANIPULATED)
MOST_ROWS = 24


@dataclass(frozen=True, slots=True)
class Share:
    """Hits of so many, and between which shares the true one lies, with 95 % certainty."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """All is possible where nothing was seen."""
        if not self.of:
            return 0.0, 1.0
        estimate = wilson(self.value, self.of)
        return max(0.0, estimate.low), min(1.0, estimate.high)


class Difference(NamedTuple):
    """Candidate minus served, in shares, with its interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether it is more than chance: the interval leaves nought out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Both:
    """One thing that is counted of both models on the same images; `is_error` where less of it is better."""

    name: str
    served: Share
    candidate: Share
    only_served: int
    only_candidate: int
    is_error: bool = False

    @property
    def difference(self) -> Difference:
        both = self.served.hits - self.only_served
        return paired_difference(both, self.only_candidate, self.only_served, self.served.of)

    @property
    def words(self) -> str:
        """Who does it more often, or errs more, if that can be told."""
        found = self.difference
        if not self.served.of:
            return _("Nothing to compare yet")
        if not found.is_clear:
            return _("No clear difference")
        if self.is_error:
            return _("The candidate does worse") if found.value > 0 else _("The candidate does better")
        return _("More often") if found.value > 0 else _("Less often")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that the page shows of one trial."""

    done: int
    failed: int
    waiting: int
    seconds: float | None
    agreement: Share
    changes: list[tuple[str, str, int]]  # from the served verdict, to the candidate's, how many
    inconclusive: Both
    called_fake: Both
    reviewed: list[Both]
    sampled: list[Both]

    @property
    def changed_count(self) -> int:
        return self.agreement.of - self.agreement.hits


def of(shadow: Shadow) -> Comparison:
    """Count in the data base, by pairs of labels: a few dozen rows come back, however many were scored."""
    states = dict(shadow.scores.values_list("state").annotate(n=Count("pk")).order_by())
    done = shadow.scores.filter(state=State.DONE)
    pairs = list(done.values_list("shown_label", "label").annotate(n=Count("pk")).order_by())
    total = sum(n for _shown, _label, n in pairs)
    changes = sorted((row for row in pairs if row[0] != row[1]), key=lambda row: -row[2])
    return Comparison(
        done=total,
        failed=states.get(State.FAILED, 0),
        waiting=states.get(State.QUEUED, 0) + states.get(State.RUNNING, 0),
        seconds=done.aggregate(mean=Avg("seconds"))["mean"],
        agreement=Share(total - sum(n for *_pair, n in changes), total),
        changes=changes,
        inconclusive=_both(_("Inconclusive"), pairs, lambda label: label == Label.INCONCLUSIVE),
        called_fake=_both(_("Called fake"), pairs, lambda label: label in _FAKE),
        reviewed=_judged(done),
        sampled=_judged(done.filter(Exists(QueueItem.objects.filter(upload=OuterRef("upload_id"), sampled=True)))),
    )


def changed(shadow: Shadow, shown: str = "", label: str = "") -> "QuerySet[ShadowScore]":
    """Uploads of which the two say something else, newest first, each with its upload."""
    rows = shadow.scores.filter(state=State.DONE).exclude(label=F("shown_label")).select_related("upload")
    named = {"shown_label": shown, "label": label}
    return rows.filter(**{name: value for name, value in named.items() if value in Label.values})


def _judged(done: "QuerySet[ShadowScore]") -> list[Both]:
    """Where a person decided: photographs called fake, and fakes of which no sign was found."""
    standing = Review.objects.filter(upload=OuterRef("upload_id"), undone_at=None).order_by("-pk")
    decided = done.annotate(decision=Subquery(standing.values("decision")[:1])).filter(decision__in=_DECIDED)
    rows = list(decided.values_list("decision", "shown_label", "label").annotate(n=Count("pk")).order_by())
    real = [row[1:] for row in rows if row[0] == Decision.AUTHENTIC]
    fake = [row[1:] for row in rows if row[0] != Decision.AUTHENTIC]
    return [
        _both(_("False alarms, of photographs"), real, lambda label: label in _FAKE, is_error=True),
        _both(_("Missed, of fakes"), fake, lambda label: label == Label.AUTHENTIC, is_error=True),
    ]


def _both(name: str, pairs: Iterable[Any], is_hit: Callable[[str], bool], is_error: bool = False) -> Both:
    total = served = candidate = only_served = only_candidate = 0
    for shown, label, n in pairs:
        total += n
        served += n * is_hit(shown)
        candidate += n * is_hit(label)
        only_served += n * (is_hit(shown) and not is_hit(label))
        only_candidate += n * (is_hit(label) and not is_hit(shown))
    return Both(name, Share(served, total), Share(candidate, total), only_served, only_candidate, is_error)


def paired_difference(both: int, first: int, second: int, n: int) -> Difference:
    """The share of (both + first) minus that of (both + second) of the same n images, with its 95 % interval."""
    if n == 0:
        return Difference(0.0, -1.0, 1.0)
    one, other, neither = Share(both + first, n), Share(both + second, n), n - both - first - second
    value = one.value - other.value
    phi = _correlation(both, first, second, neither)
    below = _spread(one.value - one.interval[0], other.interval[1] - other.value, phi)
    above = _spread(one.interval[1] - one.value, other.value - other.interval[0], phi)
    return Difference(value, max(-1.0, value - below), min(1.0, value + above))


def _spread(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _correlation(both: int, first: int, second: int, neither: int) -> float:
    """Of the two answers, with Newcombe's correction for continuity; 0 where one of them never varies."""
    sides = (both + first) * (second + neither) * (both + second) * (first + neither)
    if sides == 0:
        return 0.0
    product, half = both * neither - first * second, (both + first + second + neither) / 2
    if product > 0:
        return max(product - half, 0) / math.sqrt(sides)
    return product / math.sqrt(sides)
