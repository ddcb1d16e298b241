"""Decoded working images in two files: an epoch reads pixels instead of decoding JPEGs again.

Each image is one read of its whole range. A memory map would fault it in piece by piece, each piece holding the
interpreter up, once the store is larger than what memory keeps of it: training then waits for the disk.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from ml.data import Record, digest
from ml.pixels import Mask, mask_known, pixels_of

_CHUNK = 128
Shape = tuple[int, int, bool]  # height, width, whether a mask lies beside the pixels


class PixelStore:
    """Random access to the working images of some records, by their position; read from several threads at once."""

    def __init__(self, folder: Path, shapes: Sequence[Shape], known: Sequence[bool]) -> None:
        """`shapes` in the order of the records; `known` says of each whether its altered places are known."""
        self.shapes, self.known = np.array(shapes, dtype=np.int64).reshape(-1, 3), np.array(known, dtype=bool)
        area = self.shapes[:, 0] * self.shapes[:, 1]
        self._starts = np.concatenate([[0], np.cumsum(3 * area)])
        self._mask_starts = np.concatenate([[0], np.cumsum(area * self.shapes[:, 2])])
        self._pixels, self._masks = folder / "pixels.bin", folder / "masks.bin"

    def __len__(self) -> int:
        return len(self.shapes)

    def image(self, position: int) -> Image.Image:
        """The working image of a record, RGB."""
        height, width, _ = self.shapes[position]
        start, stop = self._starts[position : position + 2]
        return Image.frombytes("RGB", (int(width), int(height)), _part(self._pixels, start, stop))

    def mask(self, position: int) -> Mask | None:
        """Where it was altered, mode L; black for an authentic picture, None where nobody knows."""
        height, width, drawn = self.shapes[position]
        if not self.known[position]:
            return None
        if not drawn:
            return Image.new("L", (int(width), int(height)))
        start, stop = self._mask_starts[position : position + 2]
        return Image.frombytes("L", (int(width), int(height)), _part(self._masks, start, stop))


def open_store(
    records: Sequence[Record],
    size: int,
    cache: Path,
    workers: int = 2,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> PixelStore:
    """Open the store of these records at a model's input size, decoding them once if it is not there yet."""
    folder = cache / f"{digest(records)[:16]}-{size}"
    index = folder / "index.json"
    if not index.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        shapes = list(_decode_all(records, size, folder, workers, tick))
        partial = folder / f"index.{os.getpid()}"
        partial.write_text(json.dumps(shapes))
        partial.replace(index)  # the index last: a half-written store is never taken for whole
    return PixelStore(folder, json.loads(index.read_text()), [mask_known(record) for record in records])


def _decode_all(
    records: Sequence[Record], size: int, folder: Path, workers: int, tick: Callable[[int, int], None]
) -> Iterator[Shape]:
    remaining = iter(records)
    done = 0
    with (
        (folder / "pixels.bin").open("wb") as pixels,
        (folder / "masks.bin").open("wb") as masks,
        ThreadPoolExecutor(workers) as pool,
    ):
        while chunk := list(islice(remaining, _CHUNK)):
            for image, mask in pool.map(lambda record: pixels_of(record, size), chunk):
                pixels.write(image.tobytes())
                if mask:
                    masks.write(mask.tobytes())
                yield image.height, image.width, mask is not None
            done += len(chunk)
            tick(done, len(records))


def _part(path: Path, start: int, stop: int) -> bytes:
    """Opened anew each time: threads share no position in the file."""
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        return file.read(stop - start)
