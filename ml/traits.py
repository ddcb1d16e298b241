"""What a file tells of itself without a look at its pixels, and an even sample of it for each source."""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ml.data import Record
from ml.split import ASIDE

NUMBERS = ("bytes_per_pixel", "pixels", "aspect", "jpeg_quality", "width", "height")
KINDS = ("format", "jpeg_table")
ALL = "all"
LARGEST = 2_000  # images of each source and side: the standard error of an AUC is then below 0.01


class Traits(NamedTuple):
    """One image of a sample. `group` is a whole number that all images of a group share."""

    fake: bool
    group: int
    numbers: tuple[float, ...]  # in the order of NUMBERS
    kinds: tuple[str, ...]  # in the order of KINDS
    path: str
    sha256: str


Samples = dict[str, list[Traits]]


def traits(record: Record) -> Traits:
    """The traits of one record."""
    group = hashlib.sha256(f"{record.source}/{record.group}".encode()).digest()[:4]
    numbers, kinds = of_file(
        record.width, record.height, record.bytes, record.jpeg_quality, record.format, record.jpeg_table
    )
    return Traits(record.label != "authentic", int.from_bytes(group, "big"), numbers, kinds, record.path, record.sha256)


def of_file(
    width: int, height: int, size: int, quality: int | None, format: str, table: str
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """The numbers and the kinds of one file of `size` bytes."""
    numbers = (size / (width * height), width * height, width / height, quality or 0, width, height)
    return tuple(map(float, numbers)), (format, table)


class Sampler:
    """Of each source and side, and of "all", the images whose SHA-256 is smallest: a draw that no order changes."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._heaps: dict[tuple[str, bool], list[tuple[int, int, Traits]]] = defaultdict(list)
        self._count = 0

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """Pass records on, and look at those that are not set aside."""
        for record in records:
            if record.split != ASIDE:
                self._add(record)
            yield record

    def samples(self) -> Samples:
        """Source → its images of both sides; "all" comes first where it sorts so."""
        result: Samples = defaultdict(list)
        for (source, _), heap in sorted(self._heaps.items()):
            result[source] += [found for _, _, found in sorted(heap, reverse=True)]
        return dict(result)

    def _add(self, record: Record) -> None:
        self._count += 1
        order, fake = -int(record.sha256[:16], 16), record.label != "authentic"
        for source in (record.source, ALL):
            heap = self._heaps[source, fake]
            if len(heap) < self._largest:
                heapq.heappush(heap, (order, self._count, traits(record)))
            elif order > heap[0][0]:
                heapq.heapreplace(heap, (order, self._count, traits(record)))
