"""The regression set: pictures of which an earlier model was sure, and wrong, as a person confirmed.

Each is known by a key that says nothing of it. A card lives longer than a picture may, and holds keys alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ml import data, importers
from ml.contestants import Contestant
from ml.data import Record, Unreadable
from ml.decide import INCONCLUSIVE
from ml.importers import manifests
from ml.importers.source import Source
from ml.judged import Judged

RIGHT, WRONG = "right", "wrong"
OUTCOMES = (RIGHT, WRONG, INCONCLUSIVE)


class Mistake(NamedTuple):
    """One picture of the set, with the label that is right."""

    key: str
    record: Record


def read(manifest: Path) -> list[Mistake]:
    """The pictures of a list with path and label, and if need be sha256 and key.

    Raises:
        SourceRefused: the list is none, or a picture is gone, damaged or no longer the one that was exported.
        OSError: the list cannot be read.
    """
    if not manifests.is_list(manifest):
        raise data.SourceRefused(f"{manifest} is no .csv or .jsonl file: a regression set is a list of pictures.")
    rows = manifests.table(manifest)
    found = data.examine(importers.listed(Source(manifest, layout="manifest")))
    return [_mistake(row, one) for row, one in zip(rows, found, strict=True)]


def _mistake(row: Mapping[str, Any], found: Record | Unreadable) -> Mistake:
    again = "export the regression set again."
    if isinstance(found, Unreadable):
        raise data.SourceRefused(f"{found.path} cannot be read ({found.reason}): {again}")
    if row.get("sha256", found.sha256) != found.sha256:
        raise data.SourceRefused(f"{found.path} is not the picture that the list describes: {again}")
    return Mistake(str(row.get("key") or found.sha256[:16]), found)


def measure(
    own: Contestant, others: Iterable[Contestant], mistakes: Sequence[Mistake], trained: Iterable[Record]
) -> dict[str, Any]:
    """What became of each mistake under this model and under the others; `trained` are the images it learned from."""
    if not mistakes:
        return {"images": 0, "trained_on": 0, **_told([], {})}
    learned = {record.sha256 for record in trained}
    judged = own.judged([one.record for one in mistakes], "confirmed mistakes")
    return {
        "images": len(mistakes),
        "sha256": judged.digest(),
        "trained_on": sum(one.record.sha256 in learned for one in mistakes),
        **_told(mistakes, _outcomes(mistakes, judged)),
        "against": {other.name: _of_another(other, mistakes) for other in others},
    }


def _of_another(other: Contestant, mistakes: Sequence[Mistake]) -> dict[str, Any]:
    judged = other.judged([one.record for one in mistakes], "confirmed mistakes")
    return _told(mistakes, _outcomes(mistakes, judged))


def _outcomes(mistakes: Sequence[Mistake], judged: Judged) -> dict[str, str]:
    """Key → right, wrong or inconclusive."""
    pairs = zip(mistakes, judged.labels.tolist(), strict=True)
    return {one.key: _outcome(said, one.record.label) for one, said in pairs}


def _outcome(said: str, label: str) -> str:
    if said == INCONCLUSIVE:
        return INCONCLUSIVE
    return RIGHT if said == label else WRONG


def _told(mistakes: Sequence[Mistake], outcomes: Mapping[str, str]) -> dict[str, Any]:
    labels = [name for name in data.LABELS if any(one.record.label == name for one in mistakes)]
    own = {name: [outcomes[one.key] for one in mistakes if one.record.label == name] for name in labels}
    return {
        "all": _counts(outcomes.values()),
        "by_label": {name: _counts(found) for name, found in own.items()},
        "outcomes": dict(outcomes),
    }


def _counts(found: Iterable[str]) -> dict[str, int]:
    counted = Counter(found)
    return {name: counted[name] for name in OUTCOMES}
