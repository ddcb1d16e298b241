"""Figures of merit, in NumPy. `fake` is a boolean per image, `score` its probability of being fake."""

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


def expected_calibration_error(
    fake: Flags, score: Scores, bins: int = 10, weights: npt.NDArray[np.floating] | None = None
) -> float:
    """Mean distance between stated and true share over equal-width bins, weighted by their size (Naeini, 2015)."""
    place = np.minimum((score * bins).astype(int), bins - 1)
    own = np.full(len(score), 1 / len(score)) if weights is None else weights / weights.sum()
    gap = np.bincount(place, weights=own * (fake - score), minlength=bins)  # a bin's weight times its distance
    return float(np.abs(gap).sum())


def softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Over the last axis."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
