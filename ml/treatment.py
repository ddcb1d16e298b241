"""What becomes of a source whose files give the class away."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ml import leaks
from ml.data import Record, SourceRefused
from ml.leaks import Leak
from ml.relief import measure_normalised
from ml.traits import Samples

NORMALISE, REFUSE, REPORT = TREATMENTS = ("normalise", "refuse", "report")


@dataclass(frozen=True, slots=True)
class Treated:
    """The leaks that were found, those left after normalising, and the sources that are normalised or refused."""

    found: list[Leak]
    after: list[Leak]
    normalised: list[str]
    refused: list[str]
    one_class_only: list[str]

    def report(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "leaks": [_plain(leak) for leak in self.found],
            "leaks_after": [_plain(leak) for leak in self.after],
            "normalised": self.normalised,
            "refused": self.refused,
            "one_class_only": self.one_class_only,
        }


def decide(samples: Samples, treatment: str, workers: int = 2) -> Treated:
    """Measure the leaks of each source, and choose what to do with those above 0.6.

    Raises:
        SourceRefused: every source is refused, or the treatment is none.
    """
    if treatment not in TREATMENTS:
        raise SourceRefused(f"There is no treatment {treatment}. Use one of {', '.join(TREATMENTS)}.")
    found = leaks.measure(samples)
    leaking = leaks.leaking(found)
    refused = leaking if treatment == REFUSE else []
    if refused and set(refused) == samples.keys() - {"all"}:
        raise SourceRefused(f"Every source gives its class away by its files alone: {_named(found)}. Normalise them.")
    normalised = leaking if treatment == NORMALISE else []
    after = measure_normalised(samples, normalised, workers)
    return Treated(found, after, normalised, refused, leaks.one_class_only(samples))


def apply(treated: Treated, records: Iterable[Record]) -> Iterator[Record]:
    """Leave out what is refused, and mark what is to be normalised."""
    for record in records:
        if record.source not in treated.refused:
            yield replace(record, normalise=True) if record.source in treated.normalised else record


def _named(found: Iterable[Leak]) -> str:
    return ", ".join(f"{leak.source} by {leak.trait} ({leak.auc:.2f})" for leak in found if leak.suspicious)


def _plain(leak: Leak) -> dict[str, Any]:
    return dataclasses.asdict(leak) | {"suspicious": leak.suspicious}
