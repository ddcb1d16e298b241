"""Near and exact copies: who leaves, who stays, and at what cost where thousands of pictures look alike."""

import numpy as np
import pytest

from ml import near, split
from ml.near import NEAR, has_later_twin
from tests.ml.making import record


def group_on(side: str) -> str:
    return next(str(number) for number in range(10_000) if split.split_of("made", str(number)) == side)


def hashes_and_sides(count, varying, seed=0):
    """`count` different hashes that differ in `varying` bits at most, with sides as 100 : 20 : 20."""
    random = np.random.default_rng(seed)
    hashes = np.unique(random.integers(0, 2**64, count, dtype=np.uint64) & np.uint64(varying))
    random.shuffle(hashes)
    return hashes, random.choice(3, len(hashes), p=[5 / 7, 1 / 7, 1 / 7]).astype(np.uint8)


def by_all_pairs(hashes, sides):
    rows = ((np.bitwise_count(own ^ hashes) <= NEAR) & (sides > side) for own, side in zip(hashes, sides, strict=True))
    return [bool(row.any()) for row in rows]


@pytest.mark.parametrize("varying", [2**64 - 1, 2**32 - 1, 2**48 - 1, 0xF0F0F0F0F0F0, 2**14 - 1, 2**11 - 1])
def test_it_finds_what_comparing_all_with_all_finds(varying):
    hashes, sides = hashes_and_sides(2_500, varying)
    for place in range(0, 300, 2):  # neighbours with 0 to 4 other bits
        for bit in range(place % 10 // 2):
            hashes[place + 1] = hashes[place + (bit > 0)] ^ np.uint64(1 << 13 * bit % 64)
    _, distinct = np.unique(np.stack([hashes, sides.astype(np.uint64)]), axis=1, return_index=True)
    hashes, sides = hashes[distinct], sides[distinct]
    found = has_later_twin(hashes, sides)
    assert found.tolist() == by_all_pairs(hashes, sides)
    assert 0 < found.sum() < len(found)


def test_nothing_has_no_twin():
    assert has_later_twin(np.empty(0, np.uint64), np.empty(0, np.uint8)).tolist() == []


def comparisons(monkeypatch, count, varying):
    """How many pairs are compared among so many hashes that share every bit but the varying ones."""
    pairs = []
    compare_all, sweep = near._compare_all, near._sweep

    def counted_all(hashes, sides, rows, found):
        pairs.append(len(rows) ** 2)
        compare_all(hashes, sides, rows, found)

    def counted_sweep(hashes, sides, ordered, ends, found):
        pairs.append(near._TINY * len(ordered))
        sweep(hashes, sides, ordered, ends, found)

    with monkeypatch.context() as patched:
        patched.setattr(near, "_compare_all", counted_all)
        patched.setattr(near, "_sweep", counted_sweep)
        has_later_twin(*hashes_and_sides(count, varying))
    return sum(pairs)


@pytest.mark.parametrize("varying", [2**48 - 1, 2**24 - 1, 2**18 - 1])
def test_pictures_that_share_a_band_do_not_cost_all_pairs(monkeypatch, varying):
    few, many = (comparisons(monkeypatch, count, varying) for count in (8_000, 64_000))
    assert many < 64_000**2 / 50
    assert many / few < 32  # eight times as many: 64 if it were quadratic


def test_exact_copies_on_two_sides_leave_one_on_the_later_side():
    rows = [record(group=group_on(side), path=f"{side}.jpg") for side in ("test", "train", "validation")]
    assert [row.split for row in split.assign(rows)] == ["test", split.ASIDE, split.ASIDE]


def test_a_thousand_exact_copies_leave_one():
    rows = [record(group=str(number), path=f"{number}.jpg") for number in range(1_000)]
    assert [row.split for row in split.assign(rows) if row.split != split.ASIDE] == ["test"]


def test_records_come_back_whole_and_in_order_from_a_stream():
    rows = [
        record(
            path=f"Bäume {n}.jpg", sha256=f"{n:064x}", phash=f"{n * 0x9E3779B97F4A7C15 % 2**64:016x}", mask="m.png",
            licence="CC0", jpeg_quality=None, jpeg_table="0a1b2c3d", group=str(n),
        )
        for n in range(50)
    ]  # fmt: skip
    given = split.assign(row for row in rows)
    assert [row.path for row in given] == [row.path for row in rows]
    assert [(row.mask, row.licence, row.jpeg_table, row.jpeg_quality) for row in split.assign(rows)] == [
        ("m.png", "CC0", "0a1b2c3d", None)
    ] * 50
