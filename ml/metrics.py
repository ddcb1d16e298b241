"""Figures of merit, in NumPy. `fake` is a boolean per image, `score` its probability of being fake."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.floating]


def auc(fake: Flags, score: Scores) -> float:
    """Area under the ROC curve by ranks, ties counted half (Mann and Whitney); NaN without both classes."""
    positives, negatives = int(fake.sum()), int((~fake).sum())
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(counts) - (counts - 1) / 2
    return float((middle_rank[inverse][fake].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def mean_auc(fake: Flags, score: Scores, sources: npt.NDArray[np.str_]) -> float:
    """Mean of the AUC over the sources that hold both classes and over all images.

    All images alone would reward telling the sources apart.
    """
    parts = [auc(fake, score)] + [auc(fake[sources == name], score[sources == name]) for name in np.unique(sources)]
    return float(np.nanmean(parts))


def brier(fake: Flags, score: Scores) -> float:
    """Mean squared error of the probability."""
    return float(np.mean((score - fake) ** 2))


def expected_calibration_error(fake: Flags, score: Scores, bins: int = 10) -> float:
    """Mean distance between stated and true share over equal-width bins, weighted by their size."""
    place = np.minimum((score * bins).astype(int), bins - 1)
    gaps = [
        abs(float(fake[place == b].mean() - score[place == b].mean())) * float((place == b).mean())
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def interval(
    figure: Callable[[Flags, Scores], float], fake: Flags, score: Scores, rounds: int = 500, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval (Efron) of a figure, resampling images."""
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(fake), size=len(fake)) for _ in range(rounds))
    values = [figure(fake[rows], score[rows]) for rows in draws]
    low, high = np.nanpercentile(values, [2.5, 97.5]) if np.isfinite(values).any() else (np.nan, np.nan)
    return float(low), float(high)


def softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Over the last axis."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
