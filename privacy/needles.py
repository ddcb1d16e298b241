"""Looking for many short pieces of bytes in much data at once: one pass, whatever their number.

Letters are compared without regard to case. A piece that is a word counts only where no letter or digit adjoins it, so
that Anna is not found in Joanna.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

import numpy as np

SHORTEST = _HEAD = 4  # bytes by which a piece is recognised first; a shorter one cannot be told from chance
_BITS = 20
_CHUNK = 1 << 20
_FACTOR = np.uint32(2654435761)  # Knuth's, for a spread over the table


@dataclass(frozen=True, slots=True)
class Needle:
    """Something that shall not be found: what kind of thing it is, its bytes in small letters, whether it is a word."""

    kind: str
    data: bytes
    word: bool = False


def of_text(kind: str, text: str) -> Iterator[Needle]:
    """A text in the forms in which data bases, JSON and addresses write it."""
    forms = {text.encode(), json.dumps(text)[1:-1].encode(), quote(text).encode()}
    yield from (Needle(kind, form.lower(), word=True) for form in forms)


def of_bytes(kind: str, data: bytes) -> Needle:
    return Needle(kind, data.lower())


class Searcher:
    """All needles of one search. Pieces shorter than four bytes cannot be told from chance and are refused."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._by_head: dict[bytes, list[Needle]] = defaultdict(list)
        self._table = np.zeros(1 << _BITS, bool)
        self.longest = _HEAD
        for needle in needles:
            if len(needle.data) < _HEAD:
                raise ValueError("Too short to be looked for.")
            self._by_head[needle.data[:_HEAD]].append(needle)
            self.longest = max(self.longest, len(needle.data))
        heads = np.frombuffer(b"".join(self._by_head), "<u4")
        self._table[_spread(heads)] = True

    def found(self, data: bytes) -> Iterator[Needle]:
        """Each needle at each place where it stands."""
        if len(data) < _HEAD:
            return
        low = data.lower()
        for place in np.flatnonzero(self._table[_spread(_windows(low))]):
            at = int(place)
            for needle in self._by_head.get(low[at : at + _HEAD], ()):
                if low.startswith(needle.data, at) and (not needle.word or _alone(low, at, len(needle.data))):
                    yield needle

    def found_in(self, stream: BinaryIO) -> Iterator[Needle]:
        """The same for a file of any size, in flat memory; what stands across two chunks may be told twice."""
        rest = b""
        while chunk := stream.read(_CHUNK):
            whole = rest + chunk
            yield from self.found(whole)
            rest = whole[-(self.longest + 1) :]


def _windows(data: bytes) -> "np.typing.NDArray[np.uint32]":
    """The four bytes at every place as one number."""
    single = np.frombuffer(data, np.uint8).astype(np.uint32)
    parts = (single[at : len(single) - 3 + at] << np.uint32(8 * at) for at in range(4))
    first, second, third, fourth = parts
    together: np.typing.NDArray[np.uint32] = first | second | third | fourth
    return together


def _spread(numbers: "np.typing.NDArray[np.uint32]") -> "np.typing.NDArray[np.uint32]":
    with np.errstate(over="ignore"):
        return (numbers.astype(np.uint32) * _FACTOR) >> np.uint32(32 - _BITS)


def _alone(low: bytes, start: int, length: int) -> bool:
    before, after = low[start - 1 : start] if start else b"", low[start + length : start + length + 1]
    return not (_is_letter(before) or _is_letter(after))


def _is_letter(char: bytes) -> bool:
    return char.isalnum() or char >= b"\x80"
