"""Two models on the same images, side by side: the figures of the other, and the differences with their intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml import bootstrap
from ml.figures import by_source, drawn
from ml.judged import Judged

_COMPARED = ("auc", "balanced_accuracy", "accuracy")


def measure(own: Mapping[str, Judged], other: Mapping[str, Judged]) -> dict[str, Any]:
    """The other's figures for each part, and under "difference" what this model has more (or, negative, less)."""
    return {
        **{name: by_source(part) for name, part in other.items()},
        "difference": {name: _by_source(own[name], part) for name, part in other.items()},
    }


def difference(own: Judged, other: Judged) -> dict[str, dict[str, Any]]:
    """Own figure minus the other's, {value, interval}: both are resampled together, so what is common cancels out.

    `own` and `other` judge the same records in the same order.
    """
    weights = bootstrap.draws(own.groups)
    ours, theirs = _drawn(own, weights), _drawn(other, weights)
    stated = bootstrap.stated({name: ours[name] - theirs[name] for name in ours if name in theirs})
    return {
        name: {"value": value, "interval": stated[f"{name}_interval"]}
        for name, value in stated.items()
        if not name.endswith("_interval")
    }


def _drawn(judged: Judged, weights: bootstrap.Weights) -> dict[str, bootstrap.Row]:
    figures = {name: row for name, row in drawn(judged, weights).items() if name in _COMPARED}
    photographs = ~judged.fake
    if photographs.any():
        with np.errstate(invalid="ignore"):
            figures["false_alarms"] = bootstrap.share(judged.alarms[photographs], weights[:, photographs])
    return figures


def _by_source(own: Judged, other: Judged) -> dict[str, Any]:
    parts = dict(bootstrap.parts(own.sources))
    result = {name: difference(own.only(rows), other.only(rows)) for name, rows in parts.items()}
    return result | {"all": difference(own, other)} if len(parts) > 1 else result
