"""What the file alone gives away: before training, try to tell the classes without looking at a pixel."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ml.data import Record
from ml.metrics import auc

SUSPICIOUS = 0.6
_TRAITS: dict[str, Callable[[Record], float]] = {
    "bytes_per_pixel": lambda record: record.bytes / (record.width * record.height),
    "pixels": lambda record: float(record.width * record.height),
    "aspect": lambda record: record.width / record.height,
    "jpeg_quality": lambda record: float(record.jpeg_quality or 0),
}


@dataclass(frozen=True, slots=True)
class Leak:
    """How well one trait tells authentic from fake in one source, 0.5 to 1 (the better of both directions)."""

    source: str
    trait: str
    auc: float

    @property
    def suspicious(self) -> bool:
        return self.auc > SUSPICIOUS


def leaks(records: Iterable[Record]) -> list[Leak]:
    """One row for each trait of each source that holds both classes, and of all sources together ("all")."""
    by_source: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_source[record.source].append(record)
        by_source["all"].append(record)
    return [
        Leak(source, trait, _separation(rows, measure))
        for source, rows in sorted(by_source.items())
        if len({row.label == "authentic" for row in rows}) == 2
        for trait, measure in _TRAITS.items()
    ]


def _separation(rows: list[Record], measure: Callable[[Record], float]) -> float:
    fake = np.array([row.label != "authentic" for row in rows])
    value = auc(fake, np.array([measure(row) for row in rows]))
    return max(value, 1 - value)
