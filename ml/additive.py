"""A small classifier over a few traits: additive logistic regression on binned values, in NumPy."""

import numpy as np
import numpy.typing as npt

_BINS = 16
_KINDS = 32  # of a categorical trait; rarer ones share a column
_FOLDS = 5
_RIDGE = 1.0
_STEPS = 8
Columns = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def cross_validated(
    fake: Flags, folds: npt.NDArray[np.integer], numbers: Columns, kinds: npt.NDArray[np.str_]
) -> npt.NDArray[np.float64]:
    """Log-odds of being fake, each row judged by a model that saw none of its fold's rows.

    `numbers` has shape (n, p) and `kinds` shape (n, q); either may have no column. `folds` are whole numbers, and
    rows that must not help each other share one.
    """
    design = np.hstack([_ones(len(fake)), *map(_binned, numbers.T), *map(_one_hot, kinds.T)])
    scores, places = np.zeros(len(fake)), folds % _FOLDS
    for fold in range(_FOLDS):
        held = places == fold
        if held.any() and len(set(fake[~held].tolist())) == 2:
            scores[held] = design[held] @ _fit(design[~held], fake[~held])
    return scores


def _fit(design: Columns, fake: Flags) -> npt.NDArray[np.float64]:
    """Weights by Newton's method with a ridge penalty (le Cessie and van Houwelingen, 1992), both classes alike."""
    share = np.where(fake, 0.5 / fake.mean(), 0.5 / (1 - fake.mean()))
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (share * (likely - fake)) + _RIDGE * weights
        bend = (design * (share * likely * (1 - likely))[:, None]).T @ design + _RIDGE * np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def _binned(values: npt.NDArray[np.float64]) -> Columns:
    """One column for each bin that holds about as many rows as any other."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    low, high = (np.searchsorted(edges, values, side=side) for side in ("left", "right"))
    return _indicators(low + high)  # an edge that many rows share, such as 256 pixels, has a bin of its own


def _one_hot(values: npt.NDArray[np.str_]) -> Columns:
    names, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), dtype=int)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(names))
    return _indicators(np.minimum(rank[places], _KINDS))


def _indicators(places: npt.NDArray[np.integer]) -> Columns:
    present = np.unique(places)
    return np.asarray(places[:, None] == present, dtype=np.float64)


def _ones(count: int) -> Columns:
    return np.ones((count, 1))
