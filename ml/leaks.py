"""What the file alone gives away: before training, try to tell the classes without looking at a pixel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.additive import cross_validated
from ml.data import Record
from ml.metrics import auc
from ml.traits import KINDS, NUMBERS, Sampler, Samples, Traits

SUSPICIOUS = 0.6
TOGETHER = "together"
_ALONE = NUMBERS[:4]  # width and height by themselves say what pixels and aspect say


@dataclass(frozen=True, slots=True)
class Leak:
    """How well one trait tells authentic from fake in one source, 0.5 to 1 (the better of both directions).

    The trait "together" is a cross-validated classifier over all of them; `images` is how many were looked at.
    """

    source: str
    trait: str
    auc: float
    images: int = 0

    @property
    def suspicious(self) -> bool:
        return self.auc > SUSPICIOUS


def leaks(records: Iterable[Record]) -> list[Leak]:
    """The leaks of a manifest's records, those set aside left out."""
    sampler = Sampler()
    for _ in sampler.watch(records):
        pass
    return measure(sampler.samples())


def measure(samples: Samples) -> list[Leak]:
    """One row for each trait of each source that holds both classes, and of all sources together ("all")."""
    return [
        Leak(source, trait, figure, len(rows))
        for source, rows in sorted(samples.items())
        if len({row.fake for row in rows}) == 2
        for trait, figure in _figures(rows).items()
    ]


def one_class_only(samples: Samples) -> list[str]:
    """The sources that hold one class only, whose leaks nothing can measure."""
    return sorted(source for source, rows in samples.items() if len({row.fake for row in rows}) == 1)


def leaking(found: Iterable[Leak]) -> list[str]:
    """The sources of which some trait, or all together, tell the class."""
    return sorted({leak.source for leak in found if leak.suspicious} - {"all"})


def _figures(rows: Sequence[Traits]) -> dict[str, float]:
    numbers, kinds = np.array([row.numbers for row in rows]), np.array([row.kinds for row in rows])
    fake = np.array([row.fake for row in rows])
    alone = {name: auc(fake, numbers[:, place]) for place, name in enumerate(_ALONE)}
    result = {name: max(value, 1 - value) for name, value in alone.items()}
    for place, name in enumerate(KINDS):
        result[name] = _learned(rows, numbers[:, :0], kinds[:, place : place + 1])
    return result | {TOGETHER: _learned(rows, numbers, kinds)}


def _learned(rows: Sequence[Traits], numbers: np.ndarray, kinds: np.ndarray) -> float:
    fake, folds = np.array([row.fake for row in rows]), np.array([row.group for row in rows])
    return max(0.5, auc(fake, cross_validated(fake, folds, numbers, kinds)))
