"""Perceptual hashes: what copies of one picture keep in common, however they were resized, compressed or brightened.

A fingerprint is 40 bytes: 64 bits that a whole collection is searched by, and 256 finer ones that verify what is found.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

BYTES, BITS = 40, 256  # of a fingerprint; that verify
NEAR = 64  # of the verifying bits: copies differ in at most so many (docs/signals/similar.md has the measurement)
_CLOSE = 14  # of the searched bits: a sieve that lets nearly every copy through
_EDGE = 32  # pixels that the picture is reduced to
_PLAIN = 3.0  # standard deviation in grey levels of the reduced picture: below it noise alone would be hashed
_MIRROR = 0x55  # the odd columns of each row: frequencies that are odd from left to right, which a mirror negates
_EXAMINED = 100_000  # candidates that are verified at once: bounds memory where everything looks alike

Words = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.int64]
Grey = npt.NDArray[np.float64]


class Near(NamedTuple):
    """A row whose picture is a copy: its id, how many of `BITS` differ, and whether it is seen in a mirror."""

    id: int
    distance: int
    mirrored: bool


class Block(NamedTuple):
    """Fingerprints to search: ids of shape (n,), searched bits (n,), verifying bits (n, 4)."""

    ids: Ids
    short: Words
    long: Words

    @classmethod
    def of(cls, rows: Iterable[tuple[int, bytes]]) -> Self:
        """From (id, fingerprint)."""
        ids, prints = [], bytearray()
        for row, bits in rows:
            ids.append(row)
            prints += bits
        words = np.frombuffer(bytes(prints), np.uint64).reshape(-1, BYTES // 8)
        return cls(np.array(ids, np.int64), words[:, 0].copy(), words[:, 1:].copy())

    def joined(self, other: Self) -> Self:
        return type(self)(*(np.concatenate(parts) for parts in zip(self, other, strict=True)))


def perceptual_hash(image: Image.Image) -> str:
    """64 bits of the low frequencies: the signs of an 8x8 block of a 32x32 cosine transform against their median.

    Two copies of one picture, resized or compressed again, differ in a few bits (Zauner, 2010).
    """
    return _signs(_reduced(image), 8).hex()


def of(image: Image.Image) -> bytes | None:
    """The 64 bits of `perceptual_hash`, then 256 of a 16x16 block; None of a picture too plain to be recognised.

    The greater block sees finer shapes: it tells look-alikes from copies, but a crop disturbs it sooner.
    """
    grey = _reduced(image)
    if grey.std() < _PLAIN:
        return None
    return _signs(grey, 8) + _signs(grey, 16)


def mirrored(bits: bytes) -> bytes:
    """The fingerprint of the picture seen in a mirror, but for the few bits that lie next to the median."""
    return bytes(byte ^ _MIRROR for byte in bits)


def distance(one: bytes, other: bytes) -> tuple[int, bool]:
    """In how many of `BITS` two fingerprints differ, and whether that is less when one is mirrored."""
    straight, turned = (_bits_between(one, view) for view in (other, mirrored(other)))
    return min(straight, turned), turned < straight


def near(blocks: Sequence[Block], bits: bytes) -> list[Near]:
    """The rows that are copies of a picture, mirrored ones too, nearest first."""
    views = ((bits, False), (mirrored(bits), True))
    found = [row for block in blocks for view, turned in views for row in _near(block, view, turned)]
    least = {row.id: row for row in sorted(found, key=lambda row: -row.distance)}
    return sorted(least.values(), key=lambda row: (row.distance, row.id))


def _near(block: Block, bits: bytes, turned: bool) -> list[Near]:
    words = np.frombuffer(bits, np.uint64)
    bits_apart = np.bitwise_count(block.short ^ words[0])
    rows = np.flatnonzero(bits_apart <= _CLOSE)
    if len(rows) > _EXAMINED:
        rows = rows[np.argsort(bits_apart[rows], kind="stable")[:_EXAMINED]]
    distances = np.bitwise_count(block.long[rows] ^ words[1:]).sum(axis=1, dtype=np.int64)
    kept = distances <= NEAR
    pairs = zip(block.ids[rows[kept]].tolist(), distances[kept].tolist(), strict=True)
    return [Near(row, apart, turned) for row, apart in pairs]


def _bits_between(one: bytes, other: bytes) -> int:
    """Of the verifying bits alone."""
    return (int.from_bytes(one[8:]) ^ int.from_bytes(other[8:])).bit_count()


def _reduced(image: Image.Image) -> Grey:
    return np.asarray(image.convert("L").resize((_EDGE, _EDGE), Image.Resampling.BILINEAR), dtype=np.float64)


def _signs(grey: Grey, kept: int) -> bytes:
    """One bit for each of the `kept` by `kept` lowest frequencies: whether it is above their median."""
    basis = _COSINES[:kept]
    low = (basis @ grey @ basis.T).ravel()
    return np.packbits(low > np.median(low)).tobytes()


def _cosines() -> Grey:
    """The lower rows of the orthonormal 32-point DCT-II."""
    rows, columns = np.mgrid[: _EDGE // 2, :_EDGE]
    scale = np.where(rows == 0, np.sqrt(1 / _EDGE), np.sqrt(2 / _EDGE))
    return np.asarray(scale * np.cos(np.pi * rows * (columns + 0.5) / _EDGE))


_COSINES = _cosines()
