"""The two measures of the figures: a share with Wilson's interval, and Cohen's kappa with its own."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, and the interval in which the true share lies in 95 of 100 such samples."""

    hits: int
    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two agree, and how far that goes beyond chance: 0 is chance, 1 is always.

    `kappa` and its interval are None where chance alone would always agree, as when only one answer was ever given.
    """

    n: int
    agreed: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def share(self) -> float:
        return self.agreed / self.n


def share(hits: int, n: int) -> Share | None:
    """Wilson (1927): it holds for few images and for shares near 0, where errors live. None of nothing."""
    if n == 0:
        return None
    p, z2 = hits / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    spread = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Nought of n is no error of rounding away from nought.
    return Share(hits, n, p, 0.0 if hits == 0 else centre - spread, 1.0 if hits == n else centre + spread)


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement | None:
    """Cohen's kappa (1960) with the standard error of Fleiss, Cohen and Everitt (1969). None of nothing."""
    n = len(pairs)
    if n == 0:
        return None
    agreed = sum(one == other for one, other in pairs)
    joint = {pair: count / n for pair, count in Counter(pairs).items()}
    rows, columns = _marginals(joint)
    chance = sum(rows[name] * columns[name] for name in rows)
    if chance >= 1:
        return Agreement(n, agreed)
    kappa = (agreed / n - chance) / (1 - chance)
    spread = _Z * _standard_error(joint, rows, columns, kappa, chance, n)
    return Agreement(n, agreed, kappa, max(-1.0, kappa - spread), min(1.0, kappa + spread))


def _marginals(joint: dict[tuple[str, str], float]) -> tuple[dict[str, float], dict[str, float]]:
    names = {name for pair in joint for name in pair}
    rows = {name: sum(part for (one, _), part in joint.items() if one == name) for name in names}
    columns = {name: sum(part for (_, other), part in joint.items() if other == name) for name in names}
    return rows, columns


def _standard_error(
    joint: dict[tuple[str, str], float],
    rows: dict[str, float],
    columns: dict[str, float],
    kappa: float,
    chance: float,
    n: int,
) -> float:
    same = sum(
        part * (1 - (rows[one] + columns[one]) * (1 - kappa)) ** 2
        for (one, other), part in joint.items()
        if one == other
    )
    apart = sum(part * (columns[one] + rows[other]) ** 2 for (one, other), part in joint.items() if one != other)
    variance = same + (1 - kappa) ** 2 * apart - (kappa - chance * (1 - kappa)) ** 2
    return math.sqrt(max(variance, 0.0) / n) / (1 - chance)
