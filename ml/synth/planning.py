"""Which edits are made of which photographs: records that name an edit, a seed and a donor instead of a file.

A record's pixels are made when they are read, by `edited`; nothing but one line of the manifest is stored.
"""

import hashlib
import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from PIL import Image

from ml.data import Record
from ml.split import SPLITS
from ml.synth import EDITS, WITH_DONOR, Edited, EditRefused, render

_SMALLEST = 64  # pixels
_POOL = 512  # donors that are remembered for each source and side: memory stays flat however long the manifest is
Side = tuple[str, str]
Donors = Mapping[Side, Sequence[Record]]


def plan(
    records: Iterable[Record],
    *,
    total: int,
    edits: Sequence[str] = EDITS,
    seed: int = 0,
    per_image: int = 4,
    sources: Collection[str] = (),
) -> Iterator[Record]:
    """`total` records of manipulated pictures, made from the authentic ones among `records`, which is read twice.

    The sources (all, or those named) give equal shares, as far as `per_image` edits of each picture go. A record
    keeps its base's side and group; its donor is of another group on the same side, of the same source if it can be.

    Raises:
        EditRefused: an unknown edit, or more records asked than the photographs give.
    """
    if unknown := [edit for edit in edits if edit not in EDITS]:
        raise EditRefused(f"There is no edit {unknown[0]!r}; choose among {', '.join(EDITS)}.")
    counts, donors = _survey(_usable(records, sources), seed)
    shares = share_out(counts, total, per_image)
    for record, number in spread(_usable(records, sources), counts, shares):
        for which in range(number):
            yield _planned(record, which, edits, seed, donors)


def edited(record: Record, image: Image.Image, donor: Image.Image | None) -> Edited:
    """The pixels of a planned record, from the pictures of its `path` and its `donor`, at whatever scale they are.

    A record without an edit gives its own picture and an empty mask.

    Raises:
        EditRefused: whatever `render` raises.
    """
    if not record.edit:
        return Edited(image, Image.new("L", image.size))
    return render(record.edit, image, donor, record.seed)


def share_out(counts: Mapping[str, int], total: int, per_image: int = 1) -> dict[str, int]:
    """How many each source gives: alike, except that none gives more than `per_image` for each of its pictures.

    Raises:
        EditRefused: all together give less than `total`.
    """
    shares, left = {}, total
    for done, (source, count) in enumerate(sorted(counts.items(), key=lambda item: (item[1], item[0]))):
        shares[source] = min(left // (len(counts) - done), count * per_image)
        left -= shares[source]
    if left:
        most = sum(counts.values()) * per_image
        raise EditRefused(f"{total} pictures were asked for; the authentic ones of this manifest give at most {most}.")
    return shares


def spread(
    records: Iterable[Record], counts: Mapping[str, int], shares: Mapping[str, int]
) -> Iterator[tuple[Record, int]]:
    """Each record with how many are to be made of it: evenly over a source from its first record to its last."""
    seen: Counter[str] = Counter()
    for record in records:
        place, share, count = seen[record.source], shares[record.source], counts[record.source]
        seen[record.source] += 1
        yield record, (place + 1) * share // count - place * share // count


def usable(record: Record) -> bool:
    """A photograph as it was found, on one of the three sides and large enough."""
    whole = record.label == "authentic" and record.split in SPLITS and not record.edit
    return whole and min(record.width, record.height) >= _SMALLEST


def _usable(records: Iterable[Record], sources: Collection[str]) -> Iterator[Record]:
    return (record for record in records if usable(record) and (not sources or record.source in sources))


def _survey(records: Iterable[Record], seed: int) -> tuple[Counter[str], Donors]:
    """Records of each source, and for each source and side the donors whose hash comes first."""
    counts: Counter[str] = Counter()
    pools: dict[Side, list[tuple[int, int, Record]]] = defaultdict(list)
    for number, record in enumerate(records):
        counts[record.source] += 1
        pool, entry = pools[record.split, record.source], (-key_of(seed, record.sha256), number, record)
        if len(pool) < _POOL:
            heapq.heappush(pool, entry)
        else:
            heapq.heappushpop(pool, entry)
    return counts, {side: [record for *_, record in sorted(pool)] for side, pool in pools.items()}


def _planned(base: Record, which: int, edits: Sequence[str], seed: int, donors: Donors) -> Record:
    """The `which`-th edit of a picture: no kind comes again before each has come once."""
    order = np.random.default_rng(key_of(seed, base.sha256)).permutation(len(edits))
    edit = edits[order[which % len(edits)]]
    key = key_of(seed, f"{base.sha256} {which}")
    donor = _donor(base, donors, np.random.default_rng(key)) if edit in WITH_DONOR else None
    if donor is None and edit in WITH_DONOR:
        raise EditRefused(f"The {base.split} side holds no second photograph that could give {edit!r} a piece.")
    name = f"{base.sha256} {edit} {key % 2**32} {donor.sha256 if donor else ''}"
    return replace(
        base,
        label="manipulated",
        source=f"synth_{edit}",
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        edit=edit,
        seed=key % 2**32,
        donor=donor.path if donor else "",
    )


def _donor(base: Record, donors: Donors, rng: np.random.Generator) -> Record | None:
    """A random picture of another group: same side and source, or else same side."""
    near = donors[base.split, base.source]
    side = chain.from_iterable(pool for (split, _), pool in donors.items() if split == base.split)
    for candidates in (near, side):
        if others := [r for r in candidates if (r.source, r.group) != (base.source, base.group)]:
            return others[int(rng.integers(len(others)))]
    return None


def key_of(seed: int, text: str) -> int:
    """63 bits that depend on seed and text alone."""
    return int.from_bytes(hashlib.sha256(f"{seed} {text}".encode()).digest()[:8], "big") >> 1
