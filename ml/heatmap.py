"""A map of evidence as a transparent picture to lay over the photograph."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

# Nine stops of the inferno colour map (van der Walt and Smith, 2015): even steps look even, in grey as well.
_INFERNO = np.array(
    [
        [0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106], [186, 54, 85],
        [227, 89, 51], [249, 140, 10], [249, 201, 50], [252, 255, 164],
    ],
    dtype=np.float64,
)  # fmt: skip
_MOST_OPAQUE = 220  # the picture stays visible under the strongest evidence


def render_heatmap(rows: Sequence[Sequence[float]], width: int, height: int) -> bytes:
    """Draw rows of 0 to 1 as an RGBA PNG of the given size in pixels; alpha grows with the value.

    Raises:
        ValueError: no rows, or a size below one pixel.
    """
    values = np.asarray(rows, dtype=np.float32)
    if values.ndim != 2 or not values.size or width < 1 or height < 1:
        raise ValueError("A heat-map needs rows of equal length and a size of at least one pixel.")
    smooth = Image.fromarray(values, "F").resize((width, height), Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    Image.fromarray(_colour(np.clip(np.asarray(smooth), 0, 1)), "RGBA").save(stream, "PNG")
    return stream.getvalue()


def _colour(values: np.ndarray) -> np.ndarray:
    place = np.round(values * 255).astype(np.uint8)
    return _table()[place]


def _table() -> np.ndarray:
    """256 RGBA colours; a table, because interpolating each pixel of a large picture would take seconds."""
    levels = np.linspace(0, 1, 256)
    stops = np.linspace(0, 1, len(_INFERNO))
    channels = [np.interp(levels, stops, _INFERNO[:, channel]) for channel in range(3)]
    return np.stack([*channels, levels * _MOST_OPAQUE], axis=1).round().astype(np.uint8)
