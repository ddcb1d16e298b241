"""What is counted of every verdict, and what the card of a model says of it: pure functions.

Each measure sorts verdicts into a few buckets. Three are about the model's own word, before other evidence was heard,
since that is what its card was measured on; three are about the files that come in.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ml.sentences import Sentence, say
from ml.serve import FORMATS

Card = Mapping[str, Any]

SCORE, INCONCLUSIVE, OUTSIDE, FORMAT, SIZE, QUALITY = (
    "score", "inconclusive", "outside", "format", "size", "quality",
)  # fmt: skip
_SIZES = (0.1, 0.5, 1, 2, 4, 8, 16, 32)  # megapixels
_QUALITIES = (50, 70, 80, 90, 95)
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its key, its name, what it means, its buckets in order, and whether it is about the model."""

    key: str
    name: Sentence
    meaning: Sentence
    buckets: tuple[str, ...]
    of_model: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """What is usual: the share of each bucket, of how many images, and where that is known from."""

    shares: Mapping[str, float]
    count: int
    kind: str  # "card" or "weeks"


def _between(edges: tuple[float, ...]) -> tuple[str, ...]:
    return (
        f"under {edges[0]:g}",
        *(f"{low:g} to {high:g}" for low, high in pairwise(edges)),
        f"{edges[-1]:g} and more",
    )


_SCORES = tuple(f"{low} to {low + 10} %" for low in range(0, 100, 10))
_SIZE_NAMES, _QUALITY_NAMES = _between(_SIZES), _between(_QUALITIES)
_YES_NO = ("yes", "no")

MEASURES = (
    Measure(SCORE, say("Scores"), say("The model's own probability of a fake, in tenths."), _SCORES, of_model=True),
    Measure(
        INCONCLUSIVE,
        say("Inconclusive"),
        say("Whether the model by itself came to no clear answer."),
        _YES_NO,
        of_model=True,
    ),
    Measure(
        OUTSIDE,
        say("Outside the tested range"),
        say("Whether the picture is of a kind the model was not tested on."),
        _YES_NO,
        of_model=True,
    ),
    Measure(FORMAT, say("Formats"), say("What kind of file came in."), (*FORMATS, _OTHER)),
    Measure(SIZE, say("Megapixels"), say("How large the pictures are."), _SIZE_NAMES),
    Measure(
        QUALITY,
        say("JPEG quality"),
        say("How strongly JPEG files are compressed, as their tables say."),
        _QUALITY_NAMES,
    ),
)
BY_KEY = {measure.key: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the measures need to know of one verdict."""

    label: str
    probability: float
    format: str
    megapixels: float
    jpeg_quality: int | None
    inside: bool | None


def buckets_of(one: Counted) -> Iterator[tuple[str, str]]:
    """The bucket of each measure that says something of this verdict."""
    yield SCORE, _SCORES[min(int(one.probability * 10), 9)]
    yield INCONCLUSIVE, _YES_NO[one.label != "inconclusive"]
    yield FORMAT, one.format if one.format in FORMATS else _OTHER
    yield SIZE, _SIZE_NAMES[bisect_right(_SIZES, one.megapixels)]
    if one.inside is not None:
        yield OUTSIDE, _YES_NO[one.inside]
    if one.jpeg_quality is not None:
        yield QUALITY, _QUALITY_NAMES[bisect_right(_QUALITIES, one.jpeg_quality)]


def of_card(key: str, card: Card) -> Reference | None:
    """What the card measured on its test images, weighted to the queue that its probabilities are stated for.

    None where the card does not say it: cards hold nothing of formats, sizes and qualities.
    """
    told = {SCORE: _scores, INCONCLUSIVE: _inconclusive, OUTSIDE: _outside}.get(key)
    metrics = card.get("metrics", {})
    try:
        return told(metrics, card) if told else None
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _scores(metrics: Card, card: Card) -> Reference:
    shares = dict.fromkeys(_SCORES, 0.0)
    for row in metrics["reliability"]["test"]:
        shares[_SCORES[min(int(row["stated"] * 10), 9)]] += row["weight"]
    return Reference(shares, _photographs(metrics), "card")


def _inconclusive(metrics: Card, card: Card) -> Reference:
    confusion, prior = metrics["test"]["all"]["confusion"], card["decision"]["prior"]
    unsure = {name: (row.get("inconclusive", 0), sum(row.values())) for name, row in confusion.items()}
    fakes = [pair for name, pair in unsure.items() if name != "authentic"]
    of_fakes = sum(hits for hits, _of in fakes) / sum(of for _hits, of in fakes)
    of_photographs = unsure["authentic"][0] / unsure["authentic"][1]
    return _yes(prior * of_fakes + (1 - prior) * of_photographs, _photographs(metrics))


def _outside(metrics: Card, card: Card) -> Reference:
    row = metrics["test"]["all"]["outside"]
    return _yes(row["value"], row["of"])


def _yes(share: float, count: int) -> Reference:
    return Reference({"yes": share, "no": 1 - share}, count, "card")


def _photographs(metrics: Card) -> int:
    """The smaller of the two groups that are weighted says how sure the shares are."""
    return int(metrics["test"]["all"]["false_alarms"]["of"])
