"""Small plots side by side, one a kind of answer: no reader has to tell colours apart. A table says the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from overview.reading import Span

HEIGHT = 100  # of the drawing; it is stretched to the place there is
_GAP = 0.16  # of a bar's own width, on either side


@dataclass(frozen=True, slots=True)
class Bar:
    """One span of time: its place and height in the drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """All that a template draws of one kind of answer; `top` is the value at the upper edge."""

    key: str
    wide: int
    bars: list[Bar]
    top: float
    total: float | None


def counts(spans: Sequence[Span], key: str, top: int) -> Plot:
    """How many answers of one kind there were; all kinds share `top`, so that heights can be compared."""
    total = sum(span.counts[key] for span in spans)
    return _plot(key, spans, lambda span: span.counts[key] / top, top, total)


def shares(spans: Sequence[Span], total: float | None) -> Plot:
    """The share of inconclusive answers, on an axis up to everything."""
    return _plot("share", spans, lambda span: span.inconclusive_share, 1, total)


def highest(spans: Sequence[Span], keys: Sequence[str]) -> int:
    """The top of an axis that holds every count: 1, 2 or 5 and noughts."""
    most = max((span.counts[key] for span in spans for key in keys), default=0)
    unit = 10 ** max(len(str(most)) - 1, 0)
    return int(next(step * unit for step in (1, 2, 5, 10) if step * unit >= most))


def _plot(
    key: str, spans: Sequence[Span], part: Callable[[Span], float | None], top: float, total: float | None
) -> Plot:
    bars = [_bar(place, share) for place, span in enumerate(spans) if (share := part(span))]
    return Plot(key, len(spans), bars, top, total)


def _bar(place: int, share: float) -> Bar:
    height = max(round(share * HEIGHT, 2), 1.5)  # one among thousands is still seen
    return Bar(round(place + _GAP, 2), round(HEIGHT - height, 2), round(1 - 2 * _GAP, 2), height)
