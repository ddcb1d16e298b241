"""What a JPEG says of its own compression."""

import hashlib
import io
import json
from functools import cache

from PIL import Image


def jpeg_quality(image: Image.Image) -> int | None:
    """Quality from 1 to 100 whose standard luminance table is nearest in sum to this file's; None if not JPEG."""
    table = getattr(image, "quantization", {}).get(0)
    sums = _table_sums()
    return min(sums, key=lambda quality: abs(sums[quality] - sum(table))) if table else None


def jpeg_table(image: Image.Image) -> str:
    """8 hexadecimal digits that stand for the quantisation tables of a JPEG; "" for any other file."""
    tables = getattr(image, "quantization", {})
    named = json.dumps({key: list(table) for key, table in sorted(tables.items())})
    return hashlib.sha256(named.encode()).hexdigest()[:8] if tables else ""


@cache
def _table_sums() -> dict[int, int]:
    """Sum of the luminance table that libjpeg writes at each quality, read from Pillow itself."""
    sums = {}
    for quality in range(1, 101):
        stream = io.BytesIO()
        Image.new("L", (8, 8)).save(stream, "JPEG", quality=quality)
        with Image.open(stream) as image:
            sums[quality] = sum(getattr(image, "quantization", {})[0])
    return sums
