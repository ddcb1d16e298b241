"""Every figure of one set of judged images; false alarms on photographs first."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ml import balance, bootstrap, metrics, promotion
from ml.decide import AUTHENTIC, INCONCLUSIVE
from ml.judged import Judged
from ml.metrics import Flags

_BINS = 10


def by_source(judged: Judged) -> dict[str, dict[str, Any]]:
    """Figures of each source and, where there are several, of "all"."""
    parts = dict(bootstrap.parts(judged.sources))
    result = {name: figures(judged.only(rows)) for name, rows in parts.items()}
    return result | {"all": figures(judged)} if len(parts) > 1 else result


def figures(judged: Judged) -> dict[str, Any]:
    """Every figure of one set of images; those that need both classes are absent where there is one.

    `accuracy` counts an inconclusive verdict as an error; `accuracy_at_threshold` and all that follows from calling
    every image (balanced accuracy, precision, recall, F1) ignore abstention. `NAME_interval` are 95 % intervals.
    """
    groups = judged.groups
    return {
        "images": len(groups),
        "fakes": int(judged.fake.sum()),
        "groups": len(np.unique(groups)),
        "sha256": judged.digest(),
        **_authentic_side(judged.only(~judged.fake)),
        **_fake_side(judged.only(judged.fake)),
        "inconclusive": float((~judged.conclusive).mean()),
        "outside": share(judged.outside, groups),
        **bootstrap.stated(drawn(judged, bootstrap.draws(groups))),
        # Shares: where all are right, every draw would be too, and the bootstrap would be sure of it.
        "accuracy_interval": share(judged.conclusive & (judged.alarms == judged.fake), groups)["interval"],
        "accuracy_at_threshold_interval": share(judged.above == judged.fake, groups)["interval"],
        "brier": metrics.brier(judged.fake, judged.score),
        "flips": flips(judged),
        **_both_sides(judged),
    }


def drawn(judged: Judged, weights: bootstrap.Weights) -> dict[str, bootstrap.Row]:
    """The figures that are bootstrapped, for the sample itself and each draw; see `ml.bootstrap`."""
    fake, above = judged.fake, judged.above
    result = {
        "accuracy": bootstrap.share(judged.conclusive & (judged.alarms == fake), weights),
        "accuracy_at_threshold": bootstrap.share(above == fake, weights),
    }
    if not has_both(judged):
        return result
    return result | bootstrap.called(fake, above, weights) | bootstrap.ranked(fake, judged.score, weights)


def has_both(judged: Judged) -> bool:
    """Whether there are authentic images and fakes."""
    return len(set(judged.fake.tolist())) == 2


def flips(judged: Judged) -> dict[str, float]:
    """Share of images whose side of the threshold changes after one re-encoding, judged by that view alone."""
    above = judged.by_view >= judged.rule.threshold
    return {
        "jpeg75": float((above[:, 0] != above[:, 1]).mean()),
        "half_size": float((above[:, 0] != above[:, 2]).mean()),
    }


def share(flags: Flags, groups: npt.NDArray[np.str_]) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson, 1927), which holds at 0 of n too.

    Where images share a group the interval is that of the effective number of images (Korn and Graubard, 1998).
    """
    hits, total = int(flags.sum()), len(flags)
    found = promotion.wilson(hits / total, bootstrap.effective(flags, groups))
    interval = [max(0.0, float(found.low)), min(1.0, float(found.high))]
    return {"value": found.value, "interval": interval, "hits": hits, "of": total}


def confusion(judged: Judged) -> dict[str, dict[str, int]]:
    """True class → verdict → images; `inconclusive` is a column of its own."""
    columns, truth = (*judged.rule.classes, INCONCLUSIVE), judged.truth
    names = [name for name in dict.fromkeys((*judged.rule.classes, *truth.tolist())) if name in truth]
    return {name: {column: int((judged.labels[truth == name] == column).sum()) for column in columns} for name in names}


def at_prior(judged: Judged) -> npt.NDArray[np.float64]:
    """Weights, sum 1, that make of these images the queue that the probabilities are stated for.

    Fakes weigh as much as the prior says, and the sources within a class alike: in a set that is nearly all fakes
    every stated probability would look too low.
    """
    fake = judged.fake
    even = balance.weights(["fake" if one else AUTHENTIC for one in fake], judged.sources.tolist())
    prior = 1 / (1 + np.exp(judged.rule.offset))
    return np.asarray(np.where(fake, prior * even / even[fake].sum(), (1 - prior) * even / even[~fake].sum()))


def reliability(judged: Judged) -> list[dict[str, float]]:
    """Stated and true share of fakes in bins of equal width, weighted as `at_prior`: the data of a diagram."""
    fake, score, weights = judged.fake, judged.score, at_prior(judged)
    place = np.minimum((score * _BINS).astype(int), _BINS - 1)
    return [
        {
            "stated": float(np.average(score[rows], weights=weights[rows])),
            "true": float(np.average(fake[rows], weights=weights[rows])),
            "weight": float(weights[rows].sum()),
            "images": int(rows.sum()),
        }
        for rows in (place == number for number in range(_BINS))
        if rows.any()
    ]


def _authentic_side(photographs: Judged) -> dict[str, Any]:
    if not len(photographs.records):
        return {}
    groups = photographs.groups
    return {
        "false_alarms": share(photographs.alarms, groups),
        "false_alarms_at_threshold": share(photographs.above, groups),
    }


def _fake_side(fakes: Judged) -> dict[str, Any]:
    if not len(fakes.records):
        return {}
    groups, found = fakes.groups, fakes.alarms
    result = {
        "found": share(found, groups),
        "missed": share(fakes.labels == AUTHENTIC, groups),
        "missed_at_threshold": share(~fakes.above, groups),
    }
    if len(fakes.rule.classes) > 2 and found.any():
        result["right_kind"] = share((fakes.labels == fakes.truth)[found], groups[found])
    return result


def _both_sides(judged: Judged) -> dict[str, Any]:
    if not has_both(judged):
        return {}
    fake, score, weights = judged.fake, judged.score, at_prior(judged)
    return {
        "mean_source_auc": metrics.mean_auc(fake, score, judged.sources),
        "calibration_error": metrics.expected_calibration_error(fake, score),
        "calibration_error_at_prior": metrics.expected_calibration_error(fake, score, weights=weights),
        "brier_at_prior": float((weights * (score - fake) ** 2).sum()),
        "confusion": confusion(judged),
    }
