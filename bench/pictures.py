"""Pictures for benchmarks: a folder's, or made on the spot; and as many unlike files of them as are asked for."""

import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

PHOTOGRAPH, FACE = (4000, 3000), (256, 256)  # pixels


def jpeg(width: int, height: int, seed: int = 0, quality: int = 90) -> bytes:
    """Coarse and fine structure with noise: about as many bytes a pixel as a photograph has."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 255, (48, 64, 3), dtype=np.uint8)).resize((width, height))
    noise = Image.effect_noise((width, height), 40).convert("RGB")
    stream = io.BytesIO()
    Image.blend(coarse, noise, 0.2).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def pictures(folder: Path | None, size: tuple[int, int], number: int) -> list[bytes]:
    """So many JPEG files of a folder, or made in this size, width and height in pixels."""
    if folder:
        return [path.read_bytes() for path in sorted(folder.rglob("*.jp*g"))[:number]]
    return [jpeg(*size, seed) for seed in range(number)]


def unlike(files: Sequence[bytes]) -> Iterator[bytes]:
    """Without an end, each a file of its own: a comment of JPEG is another each time, the picture stays."""
    for number, data in enumerate(itertools.cycle(files)):
        comment = f"{number:012}".encode()
        yield data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]
