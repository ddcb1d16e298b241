"""Whether the network has seen the like: the distance of a picture's features from those of validation images.

A Gaussian for each class with one shared covariance, and the distance to the nearest (Lee et al., 2018). Of the
covariance the strongest directions are kept and the rest is taken for round (probabilistic principal components:
Tipping and Bishop, 1999): that is what fits into a card, and it told unfamiliar pictures as well as the whole did.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.sentences import Sentence, say

Values = npt.NDArray[np.float64]

DIRECTIONS = 16
SHARE = 0.02  # of the validation images of any one kind, at most, that count as unfamiliar
_FOLDS = 5
_LEAST = 1e-9  # variance: a feature that never moves must not divide by zero
COMPLAINT = say("The picture is unlike those the model was tested on.")


class FamiliarityError(ValueError):
    """These features, or this part of a card, cannot be used: one sentence says why."""


@dataclass(frozen=True, slots=True)
class Familiar:
    """`means` of shape (classes, d), `basis` of shape (k, d) scaled to unit variance, `rest` the deviation beyond it.

    A picture whose distance exceeds `limit` is unlike what the model was tested on.
    """

    means: Values
    basis: Values
    rest: float
    limit: float

    def distance(self, features: npt.ArrayLike) -> float:
        """Of one picture's pooled features, shape (d,), in deviations per direction: about 1 for a familiar one.

        Raises:
            FamiliarityError: another number of features than it was fitted on.
        """
        return float(self.distances(np.asarray(features)[None])[0])

    def distances(self, features: npt.ArrayLike) -> Values:
        """The same for many, (n, d) → (n,)."""
        roots = _roots(features)
        if roots.shape[1] != self.means.shape[1]:
            raise FamiliarityError(f"The model has {roots.shape[1]} features, and {self.means.shape[1]} were fitted.")
        return self.of_roots(roots)

    def of_roots(self, roots: Values) -> Values:
        """Distances of features whose roots were taken already."""
        return np.asarray(np.min([self._from(roots - mean) for mean in self.means], axis=0))

    def complaint(self, features: npt.ArrayLike) -> Sentence | None:
        """Why a picture is outside what was tested, or None."""
        known = np.isfinite(features).all() and self.distance(features) <= self.limit
        return None if known else COMPLAINT

    def to_card(self) -> dict[str, Any]:
        """Plain JSON values, some 14 kB for 256 features; half precision moves a distance by a thousandth."""
        return {"means": _packed(self.means), "basis": _packed(self.basis), "rest": self.rest, "limit": self.limit}

    @classmethod
    def from_card(cls, part: Mapping[str, Any]) -> "Familiar":
        """The inverse of `to_card`.

        Raises:
            FamiliarityError: a value is missing or damaged.
        """
        try:
            means, basis = _unpacked(part["means"]), _unpacked(part["basis"])
            rest, limit = float(part["rest"]), float(part["limit"])
        except (KeyError, TypeError, ValueError) as error:
            raise FamiliarityError(f"The card's part on familiar pictures is damaged ({error}).") from error
        if (
            means.ndim != 2
            or basis.ndim != 2
            or means.shape[1] != basis.shape[1]
            or not 0 < rest < np.inf
            or np.isnan(limit)
        ):
            raise FamiliarityError("The card's part on familiar pictures does not fit together.")
        return cls(means, basis, rest, limit)

    def _from(self, offsets: Values) -> Values:
        along = offsets @ self.basis.T
        lengths = np.linalg.norm(self.basis, axis=1) ** 2
        inside = (along**2).sum(axis=1)
        beyond = (offsets**2).sum(axis=1) - (along**2 / lengths).sum(axis=1)
        return np.asarray(np.sqrt((inside + np.maximum(beyond, 0) / self.rest**2) / offsets.shape[1]))


def fit(
    features: npt.ArrayLike,
    labels: Sequence[str],
    groups: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    *,
    directions: int = DIRECTIONS,
    share: float = SHARE,
) -> Familiar:
    """Learn from validation images, as they are and degraded: features of shape (n, d), a label and a group for each.

    `kinds` (the sources) each keep to `share`: one limit for all together would fall on the most varied kind alone.

    The limit comes from distances of images that had no part in the fit (five folds, a group in one of them), since
    an image lies nearer to a Gaussian that it helped to fit.

    Raises:
        FamiliarityError: too few images, or values that are no finite numbers.
    """
    roots, names = _checked(features, labels, directions), np.asarray(labels)
    folds = _folds(groups if groups is not None else list(map(str, range(len(names)))))
    held_out = np.empty(len(roots))
    for fold in range(_FOLDS):
        inside = folds != fold
        held_out[~inside] = _fitted(roots[inside], names[inside], directions).of_roots(roots[~inside])
    whole = _fitted(roots, names, directions)
    own = np.asarray(kinds if kinds is not None else [""] * len(names))
    # Of n values at most share × n lie above the one that is returned: no interpolation between two.
    limit = max(float(np.quantile(held_out[own == kind], 1 - share, method="higher")) for kind in np.unique(own))
    return Familiar.from_card({**whole.to_card(), "limit": limit})  # what is stored is what is used


def _fitted(roots: Values, names: npt.NDArray[np.str_], directions: int) -> Familiar:
    classes, places = np.unique(names, return_inverse=True)
    means = np.stack([roots[places == place].mean(axis=0) for place in range(len(classes))])
    offsets = roots - means[places]
    variances, vectors = np.linalg.eigh(offsets.T @ offsets / len(offsets))  # weakest first
    strong = np.maximum(variances[-directions:], _LEAST)
    rest = max(float(variances[:-directions].mean()), _LEAST)
    return Familiar(means, vectors[:, -directions:].T / np.sqrt(strong)[:, None], float(np.sqrt(rest)), np.inf)


def _checked(features: npt.ArrayLike, labels: Sequence[str], directions: int) -> Values:
    roots = _roots(features)
    if roots.shape[1] <= directions:
        raise FamiliarityError(f"{roots.shape[1]} features are too few: more than {directions} are wanted.")
    if len(roots) != len(labels) or len(roots) < _FOLDS * directions:
        raise FamiliarityError(f"{len(roots)} images are too few: at least {_FOLDS * directions}, each with a label.")
    if not np.isfinite(roots).all():
        raise FamiliarityError("Some features are no finite numbers: look at the model before its pictures.")
    return roots


def _roots(features: npt.ArrayLike) -> Values:
    """Means of rectified units lean to the right; their roots come nearer to a Gaussian. Signs are kept."""
    values = np.asarray(features, dtype=np.float64)
    if values.ndim != 2:
        raise FamiliarityError(f"Features have the shape (images, features), and these have {values.shape}.")
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


def _folds(groups: Sequence[str]) -> npt.NDArray[np.int_]:
    """A fold for each image, the same for all of a group."""
    names, places = np.unique(np.asarray(groups), return_inverse=True)
    return np.asarray(np.random.default_rng(0).permutation(len(names))[places] % _FOLDS)


def _packed(values: Values) -> dict[str, Any]:
    content = values.astype("<f2").tobytes()
    return {"shape": list(values.shape), "half": base64.b64encode(content).decode("ascii")}


def _unpacked(part: Mapping[str, Any]) -> Values:
    values = np.frombuffer(base64.b64decode(part["half"], validate=True), "<f2").reshape(part["shape"])
    if not np.isfinite(values).all():
        raise ValueError("a value is no finite number")
    return np.asarray(values, dtype=np.float64)
