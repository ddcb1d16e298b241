"""How much each image counts, so that neither class, and no source, speaks louder than it should."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt


def weights(
    labels: Sequence[str], sources: Sequence[str], emphasis: Mapping[str, float] | None = None
) -> npt.NDArray[np.float64]:
    """Weights that sum to 1: classes alike; a source that holds every class has the same share of each of them.

    Otherwise the subject would tell the class: were faces rarer among the authentic images than among the fakes, a
    face by itself would be evidence. Within a class, the sources that lack another class share between them what
    one whole source has. `emphasis` multiplies a source's share.
    """
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, pair in enumerate(zip(labels, sources, strict=True)):
        members[pair].append(row)
    classes = sorted(set(labels))
    whole = [name for name in sorted(set(sources)) if all((label, name) in members for label in classes)]
    share = {name: (emphasis or {}).get(name, 1.0) for name in whole}
    rest = 1.0 if any(pair[1] not in share for pair in members) else 0.0
    result = np.zeros(len(labels))
    for label in classes:
        lone = [name for name in sorted(set(sources)) if (label, name) in members and name not in share]
        for name in share.keys() | set(lone):
            part = share.get(name, rest / len(lone) if lone else 0.0)
            result[members[label, name]] = part / len(members[label, name])
        result[[row for row, own in enumerate(labels) if own == label]] /= sum(share.values()) + (rest if lone else 0.0)
    return np.asarray(result / result.sum())
