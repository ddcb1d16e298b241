"""The fingerprints of all pictures: kept beside their originals, searched in the memory of each process.

Memory only proposes. It is topped up from the data base before every search, so several processes need not tell each
other anything, and whoever searches reads the proposed rows again: what was deleted since is not there.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connections, transaction
from django.db.models import Q

from detector import originals
from detector.limits import limits
from detector.models import Original, PictureHash
from ml import serve
from ml.serve import InvalidImage, fingerprint

log = logging.getLogger(__name__)

Block = fingerprint.Block
_BLOCK, _SMALL = 100_000, 2_000  # rows of a block, and of the one that the newest join: joining copies both
# Transactions end in another order than their ids were given. So of the last ids those that are missing are asked for
# again, as long as the transaction that has one may last.
_OVERLAP, _PATIENCE = 1_000, 120.0  # ids, seconds
_EDGE = 448  # pixels of the short edge from which a fingerprint is made; finer ones it does not see


@dataclass(frozen=True, slots=True)
class Indexed:
    """What `index` did with one original: `fault` is a sentence where it could not be read."""

    sha256: str
    fault: str = ""


class Memory:
    """What this process knows: every row is read once, when it is there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._filed: list[Block] = []
        self._newest = Block.of(())
        self._last = 0
        self._missing: dict[int, float] = {}  # until when it is waited for, by the clock of this process

    def blocks(self) -> list[Block]:
        """All fingerprints of now. What is given out is never changed, so threads search side by side."""
        with self._lock:
            for ids, block in _read(self._last, self._waited_for()):
                self._note(ids)
                self._newest = self._newest.joined(block)
                if len(self._newest.ids) > _SMALL:
                    self._file()
            return [*self._filed, self._newest]

    def _waited_for(self) -> list[int]:
        now = time.monotonic()
        self._missing = {row: until for row, until in self._missing.items() if until > now}
        return list(self._missing)

    def _note(self, ids: list[int]) -> None:
        """Ids in ascending order, late ones among them: which are missing between them, as far as they are recent."""
        until, seen, last = time.monotonic() + _PATIENCE, set(ids), max(ids[-1], self._last)
        skipped = range(max(self._last, last - _OVERLAP) + 1, last)
        known = {row: when for row, when in self._missing.items() if row > last - _OVERLAP}
        self._missing = {row: when for row, when in (dict.fromkeys(skipped, until) | known).items() if row not in seen}
        self._last = last

    def _file(self) -> None:
        if self._filed and len(self._filed[-1].ids) < _BLOCK:
            self._filed[-1] = self._filed[-1].joined(self._newest)
        else:
            self._filed.append(self._newest)
        self._newest = Block.of(())


_memory = Memory()


def read_ahead() -> threading.Thread:
    """Read all beside the answers of a process that begins: who asks first then waits for the rest of it at most."""
    reader = threading.Thread(target=_read_all, name="fingerprints", daemon=True)
    reader.start()
    return reader


def _read_all() -> None:
    try:
        _memory.blocks()
    except DatabaseError as error:  # whoever asks first tries again
        log.warning("fingerprints were not read ahead: %s", error)
    finally:
        connections.close_all()  # those of this thread alone


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
        PictureHash.objects.create(original=original, bits=bits)  # which `original.fingerprint` is from now on


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


def _read(after: int, late: Iterable[int]) -> Iterator[tuple[list[int], Block]]:
    """The rows beyond an id, and these: their ids, and the fingerprints of those that have one, so many at a time."""
    wanted, found = Q(pk__gt=after), PictureHash.objects.order_by("pk").values_list("pk", "bits")
    wanted |= Q(pk__in=late) if late else Q()
    while rows := list(found.filter(wanted)[:_BLOCK]):
        yield [row for row, _ in rows], Block.of((row, bytes(bits)) for row, bits in rows if bits)
        if len(rows) < _BLOCK:
            return
        wanted = Q(pk__gt=rows[-1][0])
