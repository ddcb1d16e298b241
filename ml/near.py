"""Which 64-bit hashes have a near one on a later side: exact, and not quadratic where thousands look alike."""

import numpy as np
import numpy.typing as npt

NEAR = 3  # bits
_PARTS = NEAR + 1  # of four parts, three differing bits leave one untouched
_TINY, _SMALL = 8, 512  # rows that are compared in one sweep over all groups; rows that are compared all with all
Hashes = npt.NDArray[np.uint64]
Sides = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


def has_later_twin(hashes: Hashes, sides: Sides) -> Flags:
    """Per row, whether some row of a greater side differs in at most `NEAR` bits. All arrays of shape (n,).

    Two hashes that near agree on one of any four parts of their bits, so candidates are those that share a part
    (multi-index hashing, Norouzi, Punjani and Fleet, 2012). A group that shares one and is still large, as flat
    pictures do, is divided again by the bits in which its members do differ.
    """
    found = np.zeros(len(hashes), dtype=bool)
    if len(hashes):
        _search(hashes, sides, np.arange(len(hashes)), found)
    return found


def _search(hashes: Hashes, sides: Sides, rows: Rows, found: Flags) -> None:
    if not (~found[rows] & (sides[rows] < sides[rows].max())).any():
        return
    if len(rows) <= _SMALL:
        _compare_all(hashes, sides, rows, found)
        return
    varying = int(np.bitwise_or.reduce(hashes[rows] ^ hashes[rows[0]]))
    for part in _parts(varying):
        ordered, starts, sizes = _grouped(hashes, rows, part)
        _sweep(hashes, sides, ordered, np.repeat(starts + sizes, sizes), found)
        for start, size in zip(starts[sizes > _TINY], sizes[sizes > _TINY], strict=True):
            _search(hashes, sides, ordered[start : start + size], found)


def _parts(varying: int) -> list[np.uint64]:
    """Four masks that share out the bits that vary; more than `_SMALL` different rows have at least eight."""
    bits = [bit for bit in range(64) if varying >> bit & 1]
    return [np.uint64(sum(1 << bit for bit in bits[first::_PARTS])) for first in range(_PARTS)]


def _grouped(hashes: Hashes, rows: Rows, part: np.uint64) -> tuple[Rows, Rows, Rows]:
    """The rows ordered by a part of their hash, and where each group that shares it starts and how many it has."""
    keys = hashes[rows] & part
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
    return rows[order], starts, np.diff(np.r_[starts, len(rows)])


def _sweep(hashes: Hashes, sides: Sides, ordered: Rows, ends: Rows, found: Flags) -> None:
    """Compare each row with the next few of its group: whole groups of at most `_TINY`, all groups at once."""
    for step in range(1, _TINY):
        here = np.flatnonzero(np.arange(len(ordered)) + step < ends)
        if not len(here):
            return
        one, other = ordered[here], ordered[here + step]
        near = np.bitwise_count(hashes[one] ^ hashes[other]) <= NEAR
        found[one[near & (sides[one] < sides[other])]] = True
        found[other[near & (sides[other] < sides[one])]] = True


def _compare_all(hashes: Hashes, sides: Sides, rows: Rows, found: Flags) -> None:
    seekers = rows[~found[rows] & (sides[rows] < sides[rows].max())]
    near = np.bitwise_count(hashes[seekers, None] ^ hashes[None, rows]) <= NEAR
    later = sides[seekers, None] < sides[None, rows]
    found[seekers[(near & later).any(axis=1)]] = True
