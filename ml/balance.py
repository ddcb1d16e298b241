"""How much each image counts, so that neither class, and no source, speaks louder than it should."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

AUTHENTIC = "authentic"


def weights(
    labels: Sequence[str], sources: Sequence[str], emphasis: Mapping[str, float] | None = None
) -> npt.NDArray[np.float64]:
    """Weights that sum to 1: authentic and fake alike in all and, as far as that goes, in each source that holds both.

    Otherwise the subject would tell the class: were faces rarer among the authentic images than among the fakes, a
    face by itself would be evidence. Kinds of fake share their source's part equally. The sources that hold one side
    alone are scaled until both sides weigh the same; `emphasis` multiplies a source's share.
    """
    members: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for row, (label, source) in enumerate(zip(labels, sources, strict=True)):
        members[source, label != AUTHENTIC].append(row)
    lone = {side: [s for s, own in members if own == side and (s, not side) not in members] for side in (True, False)}
    share = {pair: (emphasis or {}).get(pair[0], 1.0) for pair in members}
    total = {side: sum(share[name, side] for name in names) for side, names in lone.items()}
    for side, names in lone.items():
        for name in names:  # where only one side has such sources there is nothing to level
            share[name, side] *= (sum(total.values()) / 2 / total[side]) if all(total.values()) else 1.0
    result = np.zeros(len(labels))
    for pair, rows in members.items():
        result[rows] = share[pair] * _among_kinds([labels[row] for row in rows])
    fake = np.array([label != AUTHENTIC for label in labels], dtype=bool)
    for half in (fake, ~fake):
        result[half] /= max(result[half].sum(), 1e-300)
    return np.asarray(result / result.sum())


def mixed(
    labels: Sequence[str],
    sources: Sequence[str],
    emphasis: Mapping[str, float] | None,
    new: Collection[str],
    share: float,
) -> npt.NDArray[np.float64]:
    """Weights that sum to 1, of which the images of the sources `new` have this share.

    New and old are each weighed as `weights` does; where the new ones are of one class alone, the old ones make up for
    it as far as they can, so that authentic and fake stay alike over all.
    """
    fresh = np.array([source in new for source in sources])
    fake = np.array([label != AUTHENTIC for label in labels])
    result = np.zeros(len(labels))
    for rows in (fresh, ~fresh):
        places = np.flatnonzero(rows).tolist()
        result[rows] = weights([labels[row] for row in places], [sources[row] for row in places], emphasis)
    _scale(result, fresh, share)
    for side in (fake, ~fake):
        _scale(result, side & ~fresh, max(0.5 - float(result[side & fresh].sum()), 0.0))
    _scale(result, ~fresh, 1 - share)
    return np.asarray(result / result.sum())


def _scale(values: npt.NDArray[np.float64], rows: npt.NDArray[np.bool_], total: float) -> None:
    values[rows] *= total / max(float(values[rows].sum()), 1e-300)


def _among_kinds(labels: Sequence[str]) -> npt.NDArray[np.float64]:
    """Shares that sum to 1: each kind the same, each image of a kind the same."""
    counts = Counter(labels)
    return np.array([1 / len(counts) / counts[label] for label in labels])
