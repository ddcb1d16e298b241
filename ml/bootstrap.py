"""Figures of merit and their intervals at once: the images are weighted, one row of weights for each resampling.

Row 0 of every result is the sample itself, the others are bootstrap draws (Efron, 1979) of whole groups: frames of
one video are no independent witnesses. `fake` is a boolean per image, `score` its probability of being fake, both of
shape (n,); `weights` have the shape (draws + 1, n), and each figure the shape (draws + 1,).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.metrics import Flags, Scores

Weights = npt.NDArray[np.float32]
Row = npt.NDArray[np.float64]
ROUNDS = 500
_AT_ONCE = 50  # draws, so that memory stays bounded with many images


def draws(groups: npt.NDArray[Any], rounds: int = ROUNDS, seed: int = 0) -> Weights:
    """How often each image is taken: once in row 0, then with its whole group as chance wills; (rounds + 1, n)."""
    _, member = np.unique(groups, return_inverse=True)
    count = int(member.max()) + 1
    rng = np.random.default_rng(seed)
    taken = np.stack([np.bincount(rng.integers(count, size=count), minlength=count) for _ in range(rounds)])
    return np.concatenate([np.ones((1, len(groups))), taken[:, member]]).astype(np.float32)


def interval(values: Row) -> list[float] | None:
    """95 % percentile interval of a figure's draws; None where no draw has the figure."""
    finite = values[1:][np.isfinite(values[1:])]
    return [float(edge) for edge in np.percentile(finite, [2.5, 97.5])] if len(finite) else None


def stated(figures: Mapping[str, Row]) -> dict[str, float | list[float]]:
    """Each figure of the sample itself, with `NAME_interval` beside it; those that are not defined are absent."""
    result: dict[str, float | list[float]] = {}
    for name, values in figures.items():
        if np.isfinite(values[0]) and (edges := interval(values)):
            result |= {name: float(values[0]), f"{name}_interval": edges}
    return result


def called(fake: Flags, above: Flags, weights: Weights) -> dict[str, Row]:
    """What calling every image by the threshold is worth; `above` says which images lie at or above it."""
    hits, alarms = weights @ (fake & above), weights @ (~fake & above)
    fakes, authentic = weights @ fake, weights @ ~fake
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, precision, passed = hits / fakes, hits / (hits + alarms), 1 - alarms / authentic
        return {
            "balanced_accuracy": (recall + passed) / 2,
            "precision": precision,
            "recall": recall,
            "f1": 2 * hits / (hits + alarms + fakes),
        }


def share(flags: Flags, weights: Weights) -> Row:
    """The share of images with a property."""
    return np.asarray((weights @ flags) / weights.sum(axis=1), dtype=np.float64)


def ranked(fake: Flags, score: Scores, weights: Weights) -> dict[str, Row]:
    """AUC by ranks, ties counted half (Mann and Whitney), and average precision; NaN without both classes."""
    parts = [_ranked(fake, score, weights[at : at + _AT_ONCE]) for at in range(0, len(weights), _AT_ONCE)]
    return {name: np.concatenate([part[name] for part in parts]) for name in ("auc", "average_precision")}


def _ranked(fake: Flags, score: Scores, weights: Weights) -> dict[str, Row]:
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))  # images of one score stand and fall together
    fakes, authentic = (
        np.add.reduceat((weights * side)[:, order], starts, axis=1, dtype=np.float64) for side in (fake, ~fake)
    )
    all_fakes, all_authentic = fakes.sum(axis=1), authentic.sum(axis=1)
    below = np.cumsum(authentic, axis=1) - authentic / 2
    found, alarms = (np.cumsum(side[:, ::-1], axis=1) for side in (fakes, authentic))
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.nan_to_num(found / (found + alarms))
        both = np.where(all_authentic > 0, 1.0, np.nan)
        return {
            "auc": (fakes * below).sum(axis=1) / (all_fakes * all_authentic),
            "average_precision": both * (fakes[:, ::-1] * precision).sum(axis=1) / all_fakes,
        }


def effective(flags: Flags, groups: npt.NDArray[np.str_]) -> float:
    """How many independent images would tell a share as surely as these do, given their groups (Kish, 1965)."""
    _, member = np.unique(groups, return_inverse=True)
    count, total, p = int(member.max()) + 1, len(flags), float(flags.mean())
    if count in (1, total) or p in (0.0, 1.0):
        return float(count)
    sums = np.bincount(member, weights=flags - p)
    spread = count / (count - 1) * float((sums**2).sum()) / total**2
    return float(min(total, p * (1 - p) / spread)) if spread else float(total)


def parts(names: npt.NDArray[np.str_]) -> Iterator[tuple[str, Flags]]:
    """Each name, sorted, with the rows that bear it."""
    for name in np.unique(names):
        yield str(name), names == name
