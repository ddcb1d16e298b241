"""Manipulated images made from authentic ones, each with its mask, the same again for the same seed.

    edited = render("splice", image, donor, seed=7)
    edited.image, edited.mask

An edit costs a few milliseconds, so 100,000 samples need no files: a manifest's record names edit, seed and donor,
and the pixels are made when they are read (`ml.synth.planning`).
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ml.synth.layers import Layer, lay, worth
from ml.synth.local import blur, noise, relight, resample, retouch
from ml.synth.pasting import copy_move, splice
from ml.synth.regions import Mask, Pixels
from ml.synth.removing import remove

_ATTEMPTS = 8
_SMALLEST = 64  # pixels
_ALONE = {
    "copy_move": copy_move,
    "removal": remove,
    "retouch": retouch,
    "resample": resample,
    "blur": blur,
    "noise": noise,
}
EDITS = ("splice", *_ALONE)
WITH_DONOR = ("splice",)


class EditRefused(ValueError):
    """This edit cannot be made of this picture: one sentence that says what is missing."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The altered picture (RGB) and its mask (mode L, 255 = altered), both of the original's size."""

    image: Image.Image
    mask: Image.Image


def render(edit: str, image: Image.Image, donor: Image.Image | None, seed: int) -> Edited:
    """Alter a region of 0.5 to 40 % of a picture's area; `donor` is what a splice takes its piece from.

    Outside of the mask not one bit differs. Where a picture gives an edit nothing to act on (blur of a plain
    surface), a region is made lighter or darker instead, so that the label "manipulated" is never untrue.

    Raises:
        EditRefused: an unknown edit, a picture below 64 pixels, a splice without a donor.
    """
    base = _checked(edit, image)
    make = _maker(edit, base, donor)
    rng = np.random.default_rng([seed, zlib.crc32(edit.encode())])
    for _ in range(_ATTEMPTS):
        layer = make(rng)
        if layer is not None and worth(base, *(made := lay(base, layer))):
            return _edited(*made)
    return _edited(*lay(base, relight(base, rng)))


def _checked(edit: str, image: Image.Image) -> Pixels:
    if edit not in EDITS:
        raise EditRefused(f"There is no edit {edit!r}; choose among {', '.join(EDITS)}.")
    if min(image.size) < _SMALLEST:
        raise EditRefused(f"Edits need pictures of at least {_SMALLEST} pixels a side; this one has {min(image.size)}.")
    return np.asarray(image.convert("RGB"))


def _maker(edit: str, base: Pixels, donor: Image.Image | None) -> Callable[[np.random.Generator], Layer | None]:
    if edit not in WITH_DONOR:
        return lambda rng: _ALONE[edit](base, rng)
    if donor is None:
        raise EditRefused(f"The edit {edit!r} needs a second picture, the donor.")
    piece = _checked(edit, donor)
    return lambda rng: splice(base, piece, rng)


def _edited(pixels: Pixels, mask: Mask) -> Edited:
    return Edited(Image.fromarray(pixels), Image.fromarray((mask * 255).astype(np.uint8)))
