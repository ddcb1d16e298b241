"""Pictures that are made on the spot."""

import io

import numpy as np
from PIL import Image


def picture(width: int = 320, height: int = 240, seed: int = 0) -> Image.Image:
    """Smooth colour with some noise: compresses like a photograph, and every seed is another picture."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noise = random.normal(0, 6, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def image_bytes(format: str = "JPEG", width: int = 320, height: int = 240, seed: int = 0, **options) -> bytes:
    stream = io.BytesIO()
    picture(width, height, seed).save(stream, format, **options)
    return stream.getvalue()
