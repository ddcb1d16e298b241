"""Retouching and local processing: what is in the picture stays, its pixels do not."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from ml.synth import regions
from ml.synth.blending import Floats, as_image, filtered, finished
from ml.synth.layers import Layer, cut
from ml.synth.regions import Mask, Pixels

_FILTERS = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
_MARGIN = 4
Change = Callable[[Floats, Mask], Floats]


def retouch(base: Pixels, rng: np.random.Generator) -> Layer | None:
    """Liquified, smoothed as skin is, recoloured, or two of these, with a soft edge."""

    def touched(piece: Floats, mask: Mask) -> Floats:
        for way in rng.permutation(3)[: int(rng.integers(1, 3))]:
            piece = (_liquified, _smoothed, _recoloured)[way](piece, mask, rng)
        return finished(piece, rng)

    return _altered(base, touched, rng, most=0.25, soft_edge=0.08)


def resample(base: Pixels, rng: np.random.Generator) -> Layer | None:
    """Shrunk and enlarged again, or the other way about, as a piece that was scaled to fit."""

    def resampled(piece: Floats, mask: Mask) -> Floats:
        height, width = mask.shape
        factor = rng.uniform(0.35, 0.8) if rng.random() < 0.8 else rng.uniform(1.2, 2.2)
        size = max(4, round(width * factor)), max(4, round(height * factor))
        down, up = (_FILTERS[int(index)] for index in (rng.integers(1, 4), rng.integers(0, 4)))
        return np.asarray(as_image(piece).resize(size, down).resize((width, height), up), np.float32)

    return _altered(base, resampled, rng, most=0.35, soft_edge=0.02)


def blur(base: Pixels, rng: np.random.Generator) -> Layer | None:
    """Gaussian, box, median or motion blur."""

    def blurred(piece: Floats, mask: Mask) -> Floats:
        kind = int(rng.integers(4))
        if kind == 3:
            return _moved(piece, int(rng.integers(2, 7)), bool(rng.integers(2)))
        width = rng.uniform(0.8, 3.0)
        kernel = ImageFilter.GaussianBlur(width), ImageFilter.BoxBlur(width), ImageFilter.MedianFilter(3)
        return filtered(piece, kernel[kind])

    return _altered(base, blurred, rng, most=0.35, soft_edge=0.05)


def noise(base: Pixels, rng: np.random.Generator) -> Layer | None:
    """Grain: of one colour or three, fine or coarse, even or growing with the light."""

    def grained(piece: Floats, mask: Mask) -> Floats:
        channels = 3 if rng.random() < 0.6 else 1
        grain = rng.standard_normal((*mask.shape, channels), np.float32)
        if rng.random() < 0.3:
            grain = (grain + np.roll(grain, 1, axis=0) + np.roll(grain, 1, axis=1)) / np.float32(3**0.5)
        sigma = np.float32(rng.uniform(2.5, 11))
        with_light = np.sqrt(np.clip(piece, 0, 255) / 128) if rng.random() < 0.5 else np.float32(1)
        return np.asarray(piece + sigma * grain * with_light, np.float32)

    return _altered(base, grained, rng, most=0.35, soft_edge=0.02)


def relight(base: Pixels, rng: np.random.Generator) -> Layer:
    """Lighter or darker by 5 to 12 %, away from the nearer end: it changes even a picture without any texture."""
    mask = regions.draw(base, 0.1, rng)
    while not 0.01 < mask.mean() < 0.35:
        mask = regions.draw(base, 0.1, rng)
    window = regions.bounds(mask)
    piece = cut(base, window)
    shift = rng.uniform(12, 30) * (1 if piece[mask[window]].mean() < 128 else -1)
    return Layer(window[0].start, window[1].start, np.asarray(piece + shift, np.float32), mask[window], feather=2.0)


def _altered(base: Pixels, change: Change, rng: np.random.Generator, *, most: float, soft_edge: float) -> Layer | None:
    """A change of what lies under a random region; the edge is as soft as this share of the region's extent."""
    mask = regions.draw(base, float(np.exp(rng.uniform(np.log(0.02), np.log(most)))), rng)
    if not mask.any():
        return None
    window = regions.bounds(mask, _MARGIN)
    piece, mask = cut(base, window), mask[window]
    feather = min(mask.shape) * soft_edge * rng.uniform(0, 2)
    return Layer(window[0].start, window[1].start, change(piece, mask), mask, feather=float(feather))


def _liquified(piece: Floats, mask: Mask, rng: np.random.Generator) -> Floats:
    """Pulled, bulged or pinched about the middle of the region, by bilinear interpolation."""
    height, width = mask.shape
    rows, columns = np.indices(mask.shape, dtype=np.float32)
    middle, reach = np.argwhere(mask).mean(axis=0), max(4.0, np.sqrt(mask.sum()) / 2)
    near = np.exp(-((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2) / (reach * reach)).astype(np.float32)
    if rng.random() < 0.5:
        by_row, by_column = rng.uniform(-0.3, 0.3, 2) * reach
    else:
        pinch = rng.choice([-1, 1]) * rng.uniform(0.15, 0.45)
        by_row, by_column = pinch * (rows - middle[0]), pinch * (columns - middle[1])
    rows = np.clip(rows + near * by_row, 0, height - 1.001)
    columns = np.clip(columns + near * by_column, 0, width - 1.001)
    return _sampled(piece, rows.astype(np.float32), columns.astype(np.float32))


def _sampled(piece: Floats, rows: Floats, columns: Floats) -> Floats:
    top, left = rows.astype(np.intp), columns.astype(np.intp)
    down, right = (rows - top)[..., None], (columns - left)[..., None]
    upper = piece[top, left] * (1 - right) + piece[top, left + 1] * right
    lower = piece[top + 1, left] * (1 - right) + piece[top + 1, left + 1] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _smoothed(piece: Floats, mask: Mask, rng: np.random.Generator) -> Floats:
    """Skin smoothing: small differences from the blurred picture go, large ones (eyes, hair) stay."""
    calm = filtered(piece, ImageFilter.GaussianBlur(rng.uniform(1.5, 5)))
    detail = piece - calm
    kept = np.clip(np.abs(detail) / rng.uniform(12, 40), rng.uniform(0, 0.35), 1)
    return np.asarray(calm + detail * kept, np.float32)


def _recoloured(piece: Floats, mask: Mask, rng: np.random.Generator) -> Floats:
    """Exposure, tint and saturation."""
    grey = piece.mean(axis=2, keepdims=True)
    piece = grey + (piece - grey) * rng.uniform(0.6, 1.45)
    tint = 1 + rng.normal(0, 0.04, 3)
    return np.asarray((piece - 128) * rng.uniform(0.88, 1.15) + 128 * tint + rng.uniform(-18, 18), np.float32)


def _moved(piece: Floats, steps: int, along_rows: bool) -> Floats:
    """The mean over a short straight movement."""
    padded = np.pad(piece, ((steps, 0), (0, 0), (0, 0)) if along_rows else ((0, 0), (steps, 0), (0, 0)), mode="edge")
    height, width = piece.shape[:2]
    views = [padded[s : s + height] if along_rows else padded[:, s : s + width] for s in range(steps + 1)]
    return np.asarray(np.mean(views, axis=0), np.float32)
