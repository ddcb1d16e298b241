"""Removal: an area is filled from what surrounds it, smoothly or with patches of the same picture."""

import numpy as np

from ml.synth import regions
from ml.synth.blending import Floats, cloned, finished, membrane
from ml.synth.layers import Layer, cut
from ml.synth.regions import Mask, Pixels, widened

_CANDIDATES = 96
_RIM_POINTS = 150
_RIM = 3  # pixels around a hole that a patch has to agree with


def remove(base: Pixels, rng: np.random.Generator) -> Layer | None:
    """Small areas by diffusion (Bertalmio et al., 2000, in its linear form), others by patches."""
    diffused = rng.random() < 0.3
    most = 0.04 if diffused else 0.15
    mask = regions.draw(base, float(np.exp(rng.uniform(np.log(0.008), np.log(most)))), rng)
    if not mask.any() or mask.mean() > 0.3:
        return None
    window = regions.bounds(mask, 2 * _RIM)
    hole, around = mask[window], cut(base, window)
    filled = _diffused(around, hole, rng) if diffused else _patched(base, around, hole, window, rng)
    if filled is None:
        return None
    return Layer(window[0].start, window[1].start, finished(filled, rng), hole, feather=float(rng.choice([0.0, 1.0])))


def _diffused(around: Floats, hole: Mask, rng: np.random.Generator) -> Floats:
    """The membrane over the hole, with the grain of what surrounds it or without."""
    filled = membrane(around, hole)
    grain = float(np.abs(np.diff(around, axis=1)).mean()) * rng.choice([0.0, 0.3, 0.6])
    return filled + rng.standard_normal(around.shape[:2], np.float32)[..., None] * np.float32(grain)


def _patched(
    base: Pixels, around: Floats, hole: Mask, window: tuple[slice, slice], rng: np.random.Generator
) -> Floats | None:
    """Each part of the hole from where its rim fits best, then the seams cloned away (Criminisi et al., 2004)."""
    filled = around.copy()
    rim = _rim(hole)
    for part in _parts(hole, rng):
        taken = _best(base, around, _near(part, rim), part, (window[0].start, window[1].start), rng)
        if taken is None:
            return None
        filled[part] = taken[part]
    return cloned(around, filled, hole)


def _parts(hole: Mask, rng: np.random.Generator) -> list[Mask]:
    """The hole divided among a few random points of it, by nearness."""
    points = np.argwhere(hole)
    chosen = points[rng.choice(len(points), size=int(rng.integers(1, 5)))]
    grid = np.indices(hole.shape, dtype=np.float32)
    distance = [(grid[0] - row) ** 2 + (grid[1] - column) ** 2 for row, column in chosen]
    nearest = np.argmin(distance, axis=0)
    return [part for index in range(len(chosen)) if (part := hole & (nearest == index)).any()]


def _rim(hole: Mask) -> Mask:
    wide = hole
    for _ in range(_RIM):
        wide = widened(wide)
    return wide & ~hole


def _near(part: Mask, rim: Mask) -> Mask:
    """The rim in the box of a part, or all of it where the part lies inside."""
    boxed = np.zeros_like(rim)
    window = regions.bounds(part, _RIM)
    boxed[window] = rim[window]
    return boxed if boxed.any() else rim


def _best(
    base: Pixels, around: Floats, rim: Mask, part: Mask, corner: tuple[int, int], rng: np.random.Generator
) -> Floats | None:
    """The window of the picture, away from this one, whose pixels differ least on the rim."""
    height, width = part.shape
    rows = rng.integers(0, base.shape[0] - height + 1, _CANDIDATES)
    columns = rng.integers(0, base.shape[1] - width + 1, _CANDIDATES)
    rim_rows, rim_columns = (along[:: max(1, len(along) // _RIM_POINTS)] for along in np.nonzero(rim))
    wanted = around[rim_rows, rim_columns]
    apart = np.maximum(np.abs(rows - corner[0]) / height, np.abs(columns - corner[1]) / width) >= 0.25
    if not apart.any():
        return None
    rows, columns = rows[apart], columns[apart]
    found = base[rows[:, None] + rim_rows, columns[:, None] + rim_columns]
    best = int(np.argmin(((found - wanted) ** 2).mean(axis=(1, 2))))
    return cut(base, (slice(rows[best], rows[best] + height), slice(columns[best], columns[best] + width)))
