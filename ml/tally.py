"""What a data card says of a manifest, counted while its records pass by."""

import hashlib
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ml.data import Record, digest_line
from ml.split import ASIDE

SHOWN = 24  # thumbnails of each source and label
EDGES = (64, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096)  # bins of the short edge, in pixels


class Pick(NamedTuple):
    """One picture of a contact sheet."""

    path: str
    mask: str


class Tally:
    """Counts, terms, formats, sizes and a draw of pictures for each source and label."""

    def __init__(self) -> None:
        self.images = 0
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.licences: dict[str, Counter[str]] = defaultdict(Counter)
        self.formats: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.sizes: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        self.masks: Counter[tuple[str, str]] = Counter()
        self._picks: dict[tuple[str, str], list[tuple[int, int, Pick]]] = defaultdict(list)
        self._digest = hashlib.sha256()

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """Pass records on and count them."""
        for record in records:
            self._add(record)
            yield record

    def picks(self) -> dict[tuple[str, str], list[Pick]]:
        """(source, label) → up to 24 pictures, chosen by their hashes, those set aside left out."""
        return {key: [pick for *_, pick in sorted(heap, reverse=True)] for key, heap in sorted(self._picks.items())}

    def report(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "images": self.images,
            "data_sha256": self._digest.hexdigest(),
            "counts": [[*key, count] for key, count in sorted(self.counts.items())],
        }

    def _add(self, record: Record) -> None:
        key = record.source, record.label
        self.images += 1
        self.counts[record.source, record.label, record.split] += 1
        self.licences[record.source][record.licence] += 1
        self.formats[key][record.format] += 1
        self.sizes[key][sum(min(record.width, record.height) >= edge for edge in EDGES)] += 1
        self.masks[key] += bool(record.mask)
        self._digest.update(digest_line(record))
        if record.split != ASIDE:
            self._pick(record)

    def _pick(self, record: Record) -> None:
        order = -int(hashlib.sha256(b"contact sheet" + record.sha256.encode()).hexdigest()[:16], 16)
        heap, found = self._picks[record.source, record.label], (order, self.images, Pick(record.path, record.mask))
        if len(heap) < SHOWN:
            heapq.heappush(heap, found)
        elif order > heap[0][0]:
            heapq.heapreplace(heap, found)
