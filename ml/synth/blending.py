"""How a piece joins a picture: soft edges, seamless cloning, matched colour, and the processing that hides a seam."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ml.synth.regions import Mask, widened

Floats = npt.NDArray[np.float32]
_SWEEPS = 8


def soft(mask: Mask, feather: float) -> Floats:
    """Weights of shape (height, width): 0 outside, rising to 1 within `feather` pixels inside of the edge.

    The edge is softened inwards only, so that what the mask leaves out stays untouched to the last bit.
    """
    if feather < 0.5:
        return mask.astype(np.float32)
    padded = np.pad(mask, 1, mode="edge")
    blurred = Image.fromarray((padded * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(feather))
    inner = np.asarray(blurred, np.float32)[1:-1, 1:-1] / 127.5 - 1
    return np.asarray(np.clip(inner, 0, 1) * mask, np.float32)


def membrane(values: Floats, hole: Mask) -> Floats:
    """Fill a hole with the smoothest surface that meets its edge: Laplace's equation, coarse to fine.

    `values` has shape (height, width, channels), `hole` (height, width); the rest keeps its values. Nothing known at
    all gives zeros.
    """
    if not hole.any() or hole.all():
        return np.where(hole[..., None], np.float32(0), values)
    filled = np.where(hole[..., None], _from_coarser(values, hole), values)
    for _ in range(_SWEEPS):
        filled = np.where(hole[..., None], _neighbours_mean(filled), filled)
    return filled


def cloned(target: Floats, piece: Floats, mask: Mask) -> Floats:
    """Poisson blending (Pérez, Gangnet and Blake, 2003): the piece's gradients, the target's colours at the edge.

    All of one shape (height, width, 3). The solution is the piece plus the membrane through the difference at the
    edge, which is the same equation with a smooth unknown.
    """
    rim = widened(mask) & ~mask
    difference = np.where(rim[..., None], target - piece, np.float32(0))
    offset = membrane(difference, ~rim)
    return np.where(mask[..., None], piece + offset, target)


def matched(piece: Floats, mask: Mask, target: Floats, strength: float) -> Floats:
    """The piece with mean and contrast of each channel moved by `strength` (0 to 1) towards the target's."""
    if not mask.any():
        return piece
    own, wanted = piece[mask], target.reshape(-1, 3)
    gain = np.clip(wanted.std(axis=0) / (own.std(axis=0) + 1), 0.7, 1.4) ** strength
    centre = own.mean(axis=0)
    shifted = (piece - centre) * gain + centre + strength * (wanted.mean(axis=0) - centre)
    return np.asarray(shifted, np.float32)


def finished(piece: Floats, rng: np.random.Generator) -> Floats:
    """Often one thing more that people do to an altered piece: blur, sharpening, grain, compression or light."""
    kind = int(rng.integers(10))
    if kind >= 5:
        return piece
    if kind == 4:
        return np.asarray(piece * rng.uniform(0.94, 1.06) + rng.uniform(-5, 5), np.float32)
    if kind == 3:
        return np.asarray(piece + rng.standard_normal(piece.shape, np.float32) * np.float32(rng.uniform(1, 4)))
    return filtered(piece, _filter(kind, rng)) if kind else compressed(piece, int(rng.integers(55, 96)))


def filtered(piece: Floats, kernel: ImageFilter.Filter) -> Floats:
    """Pillow's filters on an array of shape (height, width, 3)."""
    return np.asarray(as_image(piece).filter(kernel), np.float32)


def compressed(piece: Floats, quality: int) -> Floats:
    """After JPEG: the blocks of a piece seldom lie on the grid of the picture that it is put into."""
    stream = io.BytesIO()
    as_image(piece).save(stream, "JPEG", quality=quality)
    with Image.open(stream) as saved:
        return np.asarray(saved.convert("RGB"), np.float32)


def as_image(piece: Floats) -> Image.Image:
    """Rounded to eight bits."""
    return Image.fromarray(np.clip(piece + 0.5, 0, 255).astype(np.uint8))


def _filter(kind: int, rng: np.random.Generator) -> ImageFilter.Filter:
    if kind == 1:
        return ImageFilter.GaussianBlur(rng.uniform(0.4, 1.0))
    return ImageFilter.UnsharpMask(radius=rng.uniform(0.6, 2.0), percent=int(rng.integers(40, 130)), threshold=0)


def _from_coarser(values: Floats, hole: Mask) -> Floats:
    """Every pixel from the filled picture of half the size; only the holes are used of it."""
    height, width = hole.shape
    if min(height, width) < 2:
        return np.broadcast_to(values[~hole].mean(axis=0), values.shape)
    even = (0, height % 2), (0, width % 2)
    known = np.pad((~hole).astype(np.float32), even)
    weighted = _summed(np.pad(values, (*even, (0, 0))) * known[..., None])
    count = _summed(known[..., None])[..., 0]
    mean = weighted / np.maximum(count, 1)[..., None]
    coarse = membrane(np.asarray(mean, np.float32), count == 0)
    return coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]


def _summed(values: Floats) -> Floats:
    """Over blocks of 2x2."""
    return values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]


def _neighbours_mean(values: Floats) -> Floats:
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")
    total = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return total * np.float32(0.25)
