"""Splicing and copy-move: a piece of another picture, or of the same one, put where it was not."""

import numpy as np
from PIL import Image

from ml.synth import regions
from ml.synth.blending import Floats, cloned, finished, matched
from ml.synth.layers import Layer, cut
from ml.synth.regions import Mask, Pixels

_MARGIN = 3
_PLACES = 16
_RIM_POINTS = 100
Place = tuple[int, int]


def splice(base: Pixels, donor: Pixels, rng: np.random.Generator) -> Layer | None:
    """A piece of `donor`, sometimes turned, scaled and recoloured to its surroundings, blended into `base`."""
    share = float(np.exp(rng.uniform(np.log(0.015), np.log(0.3))))
    asked = share * base.shape[0] * base.shape[1] / (donor.shape[0] * donor.shape[1])
    mask = regions.draw(donor, min(asked, 0.5), rng)
    if not mask.any():
        return None
    at = [float(along.mean()) / extent for along, extent in zip(np.nonzero(mask), mask.shape, strict=True)]
    piece, mask = _cut_out(donor, mask)
    if rng.random() < 0.6:
        piece, mask = _transformed(piece, mask, np.exp(rng.uniform(-0.5, 0.35)), rng.normal(0, 12))
    if places := _places(base.shape, mask, rng):
        places = [_alike(base.shape, mask, at)] if rng.random() < 0.3 else places
    place = _fitting(base, piece, mask, places)
    return place and _blended(base, *place, finished(piece, rng), mask, rng, seamless=0.4, recolour=0.8)


def copy_move(base: Pixels, rng: np.random.Generator) -> Layer | None:
    """A piece of `base`, often turned and scaled, put where it does not overlap its origin."""
    share = float(np.exp(rng.uniform(np.log(0.012), np.log(0.14))))
    origin = regions.draw(base, share, rng)
    if not origin.any():
        return None
    piece, mask = _cut_out(base, origin)
    if rng.random() < 0.5:
        piece, mask = _transformed(piece, mask, rng.uniform(0.75, 1.3), rng.choice([0, rng.uniform(-45, 45), 90, 180]))
    apart = [place for place in _places(base.shape, mask, rng) if not (origin[_window(place, mask)] & mask).any()]
    place = _fitting(base, piece, mask, apart[: int(rng.choice([1, _PLACES]))])
    piece = finished(piece, rng) if rng.random() < 0.4 else piece
    return place and _blended(base, *place, piece, mask, rng, seamless=0.2, recolour=0.1)


def _cut_out(source: Pixels, mask: Mask) -> tuple[Floats, Mask]:
    """The piece with a margin, which seamless cloning needs; where the frame allows none, it is repeated."""
    window = regions.bounds(mask, _MARGIN)
    piece, mask = cut(source, window), mask[window]
    rim = ((1, 1), (1, 1))
    return np.pad(piece, (*rim, (0, 0)), mode="edge"), np.pad(mask, rim)


def _transformed(piece: Floats, mask: Mask, scale: float, degrees: float) -> tuple[Floats, Mask]:
    """Turned and scaled by bicubic interpolation; the mask follows."""
    size = [max(8, round(edge * scale)) for edge in (mask.shape[1], mask.shape[0])]
    image = Image.fromarray(np.clip(piece, 0, 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    shape = Image.fromarray((mask * 255).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    if degrees:
        image = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        shape = shape.rotate(degrees, Image.Resampling.BILINEAR, expand=True)
    return np.asarray(image, np.float32), np.asarray(shape) > 127


def _places(frame: tuple[int, ...], mask: Mask, rng: np.random.Generator) -> list[Place]:
    """Random places, as row and column, where the whole piece fits into the frame; none if it is too large."""
    spare = frame[0] - mask.shape[0], frame[1] - mask.shape[1]
    if min(spare) < 0:
        return []
    return [(int(rng.integers(spare[0] + 1)), int(rng.integers(spare[1] + 1))) for _ in range(_PLACES)]


def _alike(frame: tuple[int, ...], mask: Mask, at: list[float]) -> Place:
    """The place that the piece had in its own picture, in shares of the frame: an eye comes to lie near an eye."""
    top, left = (
        min(max(0, round(share * extent - own / 2)), extent - own)
        for share, extent, own in zip(at, frame, mask.shape, strict=False)
    )
    return top, left


def _window(place: Place, mask: Mask) -> tuple[slice, slice]:
    return slice(place[0], place[0] + mask.shape[0]), slice(place[1], place[1] + mask.shape[1])


def _fitting(base: Pixels, piece: Floats, mask: Mask, places: list[Place]) -> Place | None:
    """The place whose colours differ least from the piece's along its edge, as whoever hides a seam would choose."""
    rows, columns = np.nonzero(mask & ~regions.narrowed(mask))
    every = max(1, len(rows) // _RIM_POINTS)
    rows, columns = rows[::every], columns[::every]
    edge = piece[rows, columns]
    return min(places, key=lambda at: np.abs(base[at[0] + rows, at[1] + columns] - edge).mean(), default=None)


def _blended(
    base: Pixels,
    top: int,
    left: int,
    piece: Floats,
    mask: Mask,
    rng: np.random.Generator,
    *,
    seamless: float,
    recolour: float,
) -> Layer:
    """`seamless` and `recolour` are the chances of Poisson blending and of matched colours."""
    target = cut(base, _window((top, left), mask))
    if rng.random() < recolour:
        piece = matched(piece, mask, target, float(rng.uniform(0.3, 0.9)))
    if rng.random() < seamless:
        return Layer(top, left, cloned(target, piece, mask), mask, feather=float(rng.choice([0.0, 1.0])))
    return Layer(top, left, piece, mask, feather=float(rng.choice([0.0, 1.0, 1.5, 2.5, 5.0])))
