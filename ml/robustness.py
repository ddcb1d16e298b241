"""What is left of the verdicts at the end of each journey, on a seeded part of the images."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ml import bootstrap
from ml.contestants import Contestant
from ml.data import Record
from ml.decide import AUTHENTIC
from ml.figures import drawn, has_both, share
from ml.journeys import CURVES
from ml.judged import Judged, joined
from ml.metrics import Flags

_PARTS = ("never_trained", "test")


def measure(
    contestant: Contestant, parts: Mapping[str, Sequence[Record]], judged: Mapping[str, Judged], at_most: int
) -> dict[str, Any]:
    """Figures after each journey of `journeys.CURVES`, for at most so many images of each source.

    `judged` holds the same parts as they are: what the verdicts are compared with.
    """
    names = [name for name in _PARTS if name in parts]
    chosen = {name: sample(parts[name], at_most) for name in names}
    before = joined([judged[name].only(chosen[name]) for name in names])
    records = [record for name in names for record, keep in zip(parts[name], chosen[name], strict=True) if keep]
    curves: dict[str, list[dict[str, Any]]] = {}
    for journey in CURVES:
        after = contestant.judged(records, journey.name, journey)
        curves.setdefault(journey.family, []).append({"level": journey.level, **_row(before, after)})
    return {"images": len(records), "of_each_source": at_most, "as_it_is": _row(before, before), "curves": curves}


def sample(records: Sequence[Record], at_most: int) -> Flags:
    """At most so many records of each source, half of them authentic where it has both; by content, not by place."""
    kept = np.zeros(len(records), dtype=bool)
    sources = np.array([record.source for record in records], dtype=str)
    fake = np.array([record.label != AUTHENTIC for record in records], dtype=bool)
    order = np.argsort([_place(record) for record in records], kind="stable")
    for _, own in bootstrap.parts(sources):
        sides = [order[(own & side)[order]] for side in (fake, ~fake)]
        fewer = min(len(side) for side in sides)
        for side in sides:
            kept[side[: max(at_most // 2, at_most - fewer)]] = True
    return kept


def flips(before: Judged, after: Judged) -> dict[str, float]:
    """Three shares of the images whose verdict changes, from the mildest sense to the widest.

    `contradicted`: one conclusive verdict became another conclusive one, which a person would see as two answers.
    `crossed`: the score changed its side of the threshold, shown or not. `relabelled`: the label is another one, to or
    from inconclusive included.
    """
    changed = before.labels != after.labels
    return {
        "contradicted": float((changed & before.conclusive & after.conclusive).mean()),
        "crossed": float((before.above != after.above).mean()),
        "relabelled": float(changed.mean()),
    }


def _row(before: Judged, after: Judged) -> dict[str, Any]:
    parts = dict(bootstrap.parts(after.sources))
    sources = {name: _figures(before.only(rows), after.only(rows)) for name, rows in parts.items()}
    return {**_figures(before, after, intervals=True), "sources": sources}


def _figures(before: Judged, after: Judged, *, intervals: bool = False) -> dict[str, Any]:
    photographs, groups = ~after.fake, after.groups
    result: dict[str, Any] = {"images": len(groups), "inconclusive": float((~after.conclusive).mean())}
    if photographs.any():
        result["false_alarms"] = share(after.alarms[photographs], groups[photographs])
    stated = bootstrap.stated(drawn(after, bootstrap.draws(groups, rounds=200 if intervals else 2)))
    wanted = ("accuracy", *(("balanced_accuracy", "auc") if has_both(after) else ()))
    for name in wanted:
        result[name] = stated[name]
        if intervals:
            result[f"{name}_interval"] = stated[f"{name}_interval"]
    return result | {"flips": flips(before, after)}


def _place(record: Record) -> str:
    return hashlib.sha256(f"{record.sha256} {record.edit} {record.seed}".encode()).hexdigest()
