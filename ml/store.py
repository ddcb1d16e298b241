"""Decoded working images in one memory-mapped file: an epoch reads pixels instead of decoding JPEGs again."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from ml.data import Record, digest
from ml.views import working_image

_CHUNK = 128


class PixelStore:
    """Random access to the working images of some records, by their position; read from several threads at once."""

    def __init__(self, folder: Path, shapes: Sequence[tuple[int, int]]) -> None:
        """`shapes` are (height, width) in the order of the records."""
        self.shapes = list(shapes)
        self.offsets = np.concatenate([[0], np.cumsum([3 * h * w for h, w in self.shapes])])
        self.pixels = np.memmap(folder / "pixels.bin", np.uint8, "r")

    def __len__(self) -> int:
        return len(self.shapes)

    def image(self, position: int) -> Image.Image:
        """The working image of a record, RGB."""
        start, stop = self.offsets[position], self.offsets[position + 1]
        return Image.fromarray(self.pixels[start:stop].reshape(*self.shapes[position], 3))


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
        shapes = list(_decode_all(records, size, folder / "pixels.bin", workers, tick))
        partial = folder / f"index.{os.getpid()}"
        partial.write_text(json.dumps(shapes))
        partial.replace(index)  # the index last: a half-written store is never taken for whole
    return PixelStore(folder, [(height, width) for height, width in json.loads(index.read_text())])


def _decode_all(
    records: Sequence[Record], size: int, target: Path, workers: int, tick: Callable[[int, int], None]
) -> Iterator[tuple[int, int]]:
    remaining = iter(records)
    done = 0
    with target.open("wb") as stream, ThreadPoolExecutor(workers) as pool:
        while chunk := list(islice(remaining, _CHUNK)):
            for image in pool.map(lambda record: working_image(Path(record.path).read_bytes(), size), chunk):
                stream.write(image.tobytes())
                yield image.height, image.width
            done += len(chunk)
            tick(done, len(records))
