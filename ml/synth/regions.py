"""Shapes of what is altered: ellipses, polygons, smooth outlines, and areas of one colour that resemble an object."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Shape = Callable[[Pixels, float, np.random.Generator], Mask]
_WORKING_EDGE = 64  # pixels: objects are outlined on a small copy, which is quick and makes smooth contours


def draw(pixels: Pixels, share: float, rng: np.random.Generator) -> Mask:
    """A random region of about `share` of the picture's area.

    `pixels` has shape (height, width, 3); the mask has shape (height, width). Parts beyond the frame are cut off, so
    the area may be smaller than asked.
    """
    return _SHAPES[int(rng.choice(len(_SHAPES), p=_CHANCES))](pixels, share, rng)


def bounds(mask: Mask, margin: int = 0) -> tuple[slice, slice]:
    """The rows and columns that hold all of a mask, `margin` pixels wider where the frame allows."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height, width = mask.shape
    return (
        slice(max(0, int(rows[0]) - margin), min(height, int(rows[-1]) + 1 + margin)),
        slice(max(0, int(columns[0]) - margin), min(width, int(columns[-1]) + 1 + margin)),
    )


def widened(mask: Mask) -> Mask:
    """The mask and its four-neighbours."""
    wider = mask.copy()
    wider[1:] |= mask[:-1]
    wider[:-1] |= mask[1:]
    wider[:, 1:] |= mask[:, :-1]
    wider[:, :-1] |= mask[:, 1:]
    return wider


def narrowed(mask: Mask) -> Mask:
    """The mask without those of its pixels that have a neighbour outside."""
    return ~widened(~mask)


def _ellipse(pixels: Pixels, share: float, rng: np.random.Generator) -> Mask:
    return _outline(pixels, share, np.ones(64), rng)


def _polygon(pixels: Pixels, share: float, rng: np.random.Generator) -> Mask:
    return _outline(pixels, share, rng.uniform(0.6, 1.4, int(rng.integers(4, 11))), rng)


def _smooth(pixels: Pixels, share: float, rng: np.random.Generator) -> Mask:
    """A closed curve whose radius is a sum of a few harmonics."""
    turns = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    radius = np.ones(64)
    for harmonic in range(1, 6):
        radius += rng.normal(0, 0.25 / harmonic) * np.cos(harmonic * turns + rng.uniform(0, 2 * np.pi))
    return _outline(pixels, share, np.clip(radius, 0.3, 2.0), rng)


def _outline(pixels: Pixels, share: float, radius: npt.NDArray[np.float64], rng: np.random.Generator) -> Mask:
    """The inside of a star-shaped curve, stretched, turned and put somewhere in the frame."""
    height, width = pixels.shape[:2]
    turns = np.linspace(0, 2 * np.pi, len(radius), endpoint=False)
    stretch, turn = np.exp(rng.uniform(-0.5, 0.5)), rng.uniform(0, np.pi)
    points = radius * np.stack([np.cos(turns) * stretch, np.sin(turns) / stretch])
    points = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ points
    x, y = points * np.sqrt(share * height * width / _area(points))
    x, y = x + _place(x, width, rng), y + _place(y, height, rng)
    canvas = Image.new("1", (width, height))
    ImageDraw.Draw(canvas).polygon(list(zip(x.tolist(), y.tolist(), strict=True)), fill=1)
    return np.asarray(canvas, dtype=bool)


def _area(points: npt.NDArray[np.float64]) -> float:
    """Of a closed polygon, by the shoelace formula."""
    x, y = points
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def _place(along: npt.NDArray[np.float64], extent: int, rng: np.random.Generator) -> float:
    """An offset that keeps the curve inside the frame if it fits, else centres it."""
    low, high = -along.min(), extent - along.max()
    return float(rng.uniform(low, high)) if low < high else float((low + high) / 2)


def _object(pixels: Pixels, share: float, rng: np.random.Generator) -> Mask:
    """What is near a random point in colour and place, in one piece and without holes."""
    height, width = pixels.shape[:2]
    scale = _WORKING_EDGE / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    reduced = Image.fromarray(pixels).resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1))
    small = np.asarray(reduced, np.float32)
    row, column = (int(rng.integers(edge // 8, edge - edge // 8)) for edge in small.shape[:2])
    grid = np.indices(small.shape[:2])
    away = np.hypot(grid[0] - row, grid[1] - column) / np.sqrt(share * small.shape[0] * small.shape[1])
    unlike = np.sqrt(((small - small[row, column]) ** 2).sum(axis=2)) / (small.std() + 1)
    cost = unlike + away * rng.uniform(0.9, 2.0)
    like = cost <= np.quantile(cost, min(0.5, share * 1.2))
    piece = _without_holes(_piece(like, row, column))
    found = Image.fromarray((piece * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0.8, 2.5)))
    return np.asarray(found.resize((width, height), Image.Resampling.BICUBIC)) > 127


def _piece(like: Mask, row: int, column: int) -> Mask:
    """The connected part of `like` that holds a point."""
    piece = np.zeros_like(like)
    piece[row, column] = True
    while True:
        grown = (widened(piece) & like) | piece
        if grown.sum() == piece.sum():
            return piece
        piece = grown


def _without_holes(piece: Mask) -> Mask:
    framed = np.pad(piece, 1)
    return ~_piece(~framed, 0, 0)[1:-1, 1:-1]


_SHAPES: tuple[Shape, ...] = (_ellipse, _polygon, _smooth, _object)
_CHANCES = (0.15, 0.1, 0.35, 0.4)
