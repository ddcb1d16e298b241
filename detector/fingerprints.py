"""The fingerprints of all pictures: kept beside their originals, searched in the memory of each process.

Memory only proposes. It is topped up from the data base before every search, so several processes need not tell each
other anything, and whoever searches reads the proposed rows again: what was deleted since is not there.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from detector import originals
from detector.limits import limits
from detector.models import Original, PictureHash
from ml import serve
from ml.serve import InvalidImage, fingerprint

Block = fingerprint.Block
_BLOCK = 100_000  # rows that are copied at most where newer ones join them
# Transactions end in another order than their ids were given, so the last ids are read anew each time: a row that was
# not yet committed at one search is there at the next.
_OVERLAP = 1_000
_EDGE = 448  # pixels of the short edge from which a fingerprint is made; finer ones it does not see


@dataclass(frozen=True, slots=True)
class Indexed:
    """What `index` did with one original: `fault` is a sentence where it could not be read."""

    sha256: str
    fault: str = ""


class Memory:
    """What this process knows: settled rows, never read again, and the newest, read anew for each search."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: list[Block] = []

    def blocks(self) -> list[Block]:
        """All fingerprints of now. What is given out is never changed, so threads search side by side."""
        with self._lock:
            newest = list(_read(self._settled[-1].last if self._settled else 0))
            if sum(len(block.ids) for block in newest) > 2 * _OVERLAP:
                newest = self._settle(newest)
            return [*self._settled, *newest]

    def _settle(self, blocks: list[Block]) -> list[Block]:
        """Take over all but the last ids, and give back these."""
        bound = blocks[-1].last - _OVERLAP
        for block in blocks:
            self._append(block.up_to(bound))
        return [block.beyond(bound) for block in blocks if block.last > bound]

    def _append(self, block: Block) -> None:
        if self._settled and len(self._settled[-1].ids) < _BLOCK:
            self._settled[-1] = self._settled[-1].joined(block)
        elif len(block.ids):
            self._settled.append(block)


_memory = Memory()


def near(bits: bytes) -> list[fingerprint.Near]:
    """The ids of `PictureHash` rows that may be copies of a picture, nearest first; some may be gone already."""
    return fingerprint.near(_memory.blocks(), bits)


def of_file(data: bytes) -> bytes | None:
    """Of the bytes of a file; None of a picture too plain to have one.

    Raises:
        InvalidImage: it cannot be decoded, or not within the limits.
    """
    return fingerprint.of(serve.decode(data, limits(), at_least=_EDGE))


def remember(original: Original, bits: bytes | None) -> None:
    """Keep the fingerprint of an original that this transaction holds, unless it is kept already."""
    if not PictureHash.objects.filter(original=original).exists():
        PictureHash.objects.create(original=original, bits=bits)


def index() -> Iterator[Indexed]:
    """Fingerprint every original that has none: those of an installation older than fingerprints."""
    missing = Original.objects.filter(fingerprint=None).order_by("pk")
    for sha256 in list(missing.values_list("pk", flat=True)):
        yield Indexed(sha256, _index(sha256))


def _index(sha256: str) -> str:
    original = Original.objects.filter(pk=sha256).first()
    if original is None:
        return ""  # deleted meanwhile
    try:
        bits = of_file(originals.read(original))
    except FileNotFoundError:
        return "its file is gone; run check_integrity."
    except InvalidImage as error:  # the limits were lowered since it was taken in
        return error.detail
    with transaction.atomic():
        if locked := originals.lock(sha256):
            remember(locked, bits)
    return ""


def _read(after: int) -> Iterator[Block]:
    """The rows beyond an id, in blocks."""
    rows = PictureHash.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "bits")
    pairs = ((row, bytes(bits)) for row, bits in rows.iterator(chunk_size=5_000) if bits)
    while len((block := Block.of(islice(pairs, _BLOCK))).ids):
        yield block
