"""Whether a model may take the place of the one in service: set by set, false alarms first."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Card = Mapping[str, Any]

# In the order in which a person should read of them.
_PARTS = {
    "never_trained": "never trained on",
    "test": "test images",
    "never_trained_degraded": "never trained on, degraded",
    "test_degraded": "degraded test images",
}
_UNTOUCHED, _DEGRADED = "never_trained", "_degraded"
_ALL = "all"


class Estimate(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is compared: its key in the card, its words, and which way is worse."""

    key: str
    words: str
    worse: int  # 1 where more is worse, -1 where less is
    is_share: bool = True  # of images, so that an interval can be had where the card states none


FALSE_ALARMS = Figure("false_alarms", "False alarms", 1)
OTHERS = (
    Figure("missed", "Missed fakes", 1),
    Figure("auc", "AUC", -1, is_share=False),
    Figure("balanced_accuracy", "Balanced accuracy", -1, is_share=False),
    Figure("accuracy", "Accuracy", -1),  # an inconclusive verdict is an error, so abstaining does not pay
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The figures of both models on one set; `same` where both were measured on the very same images.

    `difference` holds, by figure, candidate minus served with the interval of a paired resampling, where it was made.
    """

    part: str
    source: str
    served: Card
    candidate: Card
    same: bool
    difference: Card

    @property
    def name(self) -> str:
        return f"{'all sources' if self.source == _ALL else self.source} ({_PARTS[self.part]})"


def objections(candidate: Card, served: Card | None) -> list[str]:
    """Why the model of one card should not replace that of another, one sentence each; empty where nothing is against.

    A comparison side by side that the candidate's card carries comes first: a figure counts as worse when the 95 %
    interval of the difference excludes zero. Without it the served card's own figures are taken. On the same images a
    figure is worse when it lies outside the served model's interval, and the served model's outside its own; on
    different images the interval of the difference is put together from both (square-and-add: Zou and Donner, 2008).
    Figures that either card lacks are passed over. Without a served model there is nothing to compare.

    Of confirmed mistakes that both were tested on, none more may be failed: there chance has no part.
    """
    if served is None or candidate.get("version") == served.get("version"):
        return []
    pairs = list(_pairs(candidate, served))
    if not any(_both(pair, figure) for pair in pairs for figure in (FALSE_ALARMS, *OTHERS)):
        never = f"It was never compared with {served.get('version')} on any set: evaluate it on the same images."
        return [never, *_mistakes(candidate, served)]
    worse = [sentence for pair in pairs for sentence in _worse(pair, FALSE_ALARMS)]
    worse += [sentence for pair in pairs for figure in OTHERS for sentence in _worse(pair, figure)]
    return [*_uncompared(pairs, served), *_mistakes(candidate, served), *worse]


def outcomes(card: Card) -> Card:
    """Key of a confirmed mistake → right, wrong or inconclusive, of a card that was tested on them."""
    return _table(_table(_table(card, "metrics"), "regression"), "outcomes")


def _mistakes(candidate: Card, served: Card) -> Iterator[str]:
    """Fewer right than the served model, or more wrong: what is inconclusive now is no success, yet no error either."""
    own, version = outcomes(candidate), str(served.get("version"))
    beside = _table(_table(_table(candidate, "metrics"), "regression"), "against")
    theirs = _table(_table(beside, version), "outcomes") or outcomes(served)
    both = own.keys() & theirs.keys()
    for words, failed in (("gets wrong", {"wrong"}), ("does not get right", {"wrong", "inconclusive"})):
        now, before = (sum(found[key] in failed for key in both) for found in (own, theirs))
        if now > before:
            yield f"Of {len(both)} confirmed mistakes it {words} {now}, and {version} {before}."


def _pairs(candidate: Card, served: Card) -> Iterator[Pair]:
    earlier = _table(served, "metrics")
    fresh = _table(_table(_table(candidate, "metrics"), "against"), str(served.get("version")))
    for part in _PARTS:
        for source, figures in _rows(candidate, part):
            again, before = _table(_table(fresh, part), source), _table(_table(earlier, part), source)
            same = bool(again) or _same_images(part, (candidate, figures), (served, before))
            difference = _table(_table(_table(fresh, "difference"), part), source)
            if same or _is_fair(part, source, candidate, served):
                yield Pair(part, source, again or before, figures, same, difference)


def _is_fair(part: str, source: str, candidate: Card, served: Card) -> bool:
    """Whether figures of different images say something: totals are of other mixtures, other journeys may be harder."""
    alike = _degradation(candidate) == _degradation(served)
    return source != _ALL and (alike or not part.endswith(_DEGRADED))


def _same_images(part: str, one: tuple[Card, Card], other: tuple[Card, Card]) -> bool:
    """By the set's digest where both cards state it, else by the number of images and where they come from.

    A degraded copy is drawn anew by each evaluation, and the program that draws it may have changed.
    """
    if part.endswith(_DEGRADED):
        return False
    digests = one[1].get("sha256"), other[1].get("sha256")
    if all(digests):
        return bool(digests[0] == digests[1])
    alike = one[1].get("images") == other[1].get("images")
    data = _table(one[0], "data").get("sha256"), _table(other[0], "data").get("sha256")
    return alike and (part.startswith(_UNTOUCHED) or (None not in data and data[0] == data[1]))


def _uncompared(pairs: list[Pair], served: Card) -> Iterator[str]:
    known = [name for name, row in _rows(served, _UNTOUCHED) if "false_alarms" in row]
    if known and not any(pair.part == _UNTOUCHED and _both(pair, FALSE_ALARMS) for pair in pairs):
        sets = ", ".join(name for name in known if name != _ALL)
        yield f"False alarms on photographs that were never trained on were not compared: measure it on {sets} too."


def _worse(pair: Pair, figure: Figure) -> Iterator[str]:
    if not (both := _both(pair, figure)):
        return
    if _is_beyond(pair, figure, *both):
        moved, text = "grew" if figure.worse > 0 else "fell", _plain if figure.key == "auc" else _percent
        change = f"{moved} from {_told(both[0], text)} to {_told(both[1], text)}"
        yield f"{figure.words} on {pair.name} {change}{_note(pair)}."


def _is_beyond(pair: Pair, figure: Figure, served: Estimate, candidate: Estimate) -> bool:
    if paired := _estimate(pair.difference, figure):
        return _turned(paired, figure).low > 0
    beyond = _each_outside_the_other if pair.same else _difference_excludes_zero
    return beyond(_turned(served, figure), _turned(candidate, figure))


def _each_outside_the_other(served: Estimate, candidate: Estimate) -> bool:
    """More is worse. One side alone would object to 0.9999 after a bootstrap interval of 1 to 1."""
    return candidate.value > served.high and served.value < candidate.low


def _difference_excludes_zero(served: Estimate, candidate: Estimate) -> bool:
    """More is worse; the two were measured independently."""
    spread = math.hypot(candidate.value - candidate.low, served.high - served.value)
    return candidate.value - served.value > spread


def _both(pair: Pair, figure: Figure) -> tuple[Estimate, Estimate] | None:
    served, candidate = _estimate(pair.served, figure), _estimate(pair.candidate, figure)
    return (served, candidate) if served and candidate else None


def _estimate(row: Card, figure: Figure) -> Estimate | None:
    """A figure of a row: an object with value and interval, or a number with `…_interval` beside it."""
    entry = row.get(figure.key)
    held = entry if isinstance(entry, Mapping) else {"value": entry, "interval": row.get(f"{figure.key}_interval")}
    value, limits, images = held.get("value"), held.get("interval"), row.get("images")
    if value is None or not _is_number(value):
        return None
    if isinstance(limits, list | tuple) and len(limits) == 2 and all(map(_is_number, limits)):
        return Estimate(float(value), float(limits[0]), float(limits[1]))
    return wilson(float(value), images) if figure.is_share and isinstance(images, int) and images > 0 else None


def wilson(p: float, n: float) -> Estimate:
    """A share of `n` images with its interval (Wilson, 1927)."""
    z = 1.96
    centre, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Estimate(p, (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n))


def _turned(value: Estimate, figure: Figure) -> Estimate:
    return value if figure.worse > 0 else Estimate(-value.value, -value.high, -value.low)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _table(card: Card, key: str) -> Card:
    """A table of a card, empty where it is absent."""
    part = card.get(key)
    return part if isinstance(part, Mapping) else {}


def _rows(card: Card, part: str) -> list[tuple[str, Card]]:
    table = _table(_table(card, "metrics"), part)
    return [(source, _table(table, source)) for source in table]


def _degradation(card: Card) -> Any:
    return _table(card, "experiment").get("degradation")


def _note(pair: Pair) -> str:
    if pair.same:
        return ""
    counts = " and ".join(f"{row.get('images', 'unknown')}" for row in (pair.served, pair.candidate))
    return f", on {counts} images that may differ"


def _told(value: Estimate, text: Callable[[float], str]) -> str:
    return f"{text(value.value)} (95 % interval {text(value.low)} to {text(value.high)})"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _plain(value: float) -> str:
    return f"{value:.3f}"
