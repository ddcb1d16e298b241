"""What every edit works with: a cut-out of a picture, and a changed cut-out that is laid back onto it."""

from dataclasses import dataclass

import numpy as np

from ml.synth.blending import Floats, soft
from ml.synth.regions import Mask, Pixels

LEAST, MOST = 0.005, 0.4  # of the picture's area
_VISIBLE = 0.8  # levels: the mean change of a region that counts as altered; resampling of smooth places is faint


@dataclass(frozen=True, slots=True)
class Layer:
    """New pixels of shape (h, w, 3) for a window of a picture, and where in the window they count."""

    top: int
    left: int
    pixels: Floats
    mask: Mask
    feather: float = 0.0


def lay(base: Pixels, layer: Layer) -> tuple[Pixels, Mask]:
    """The picture with the layer on it, and the mask in the picture's frame; outside of it not one bit differs."""
    height, width = layer.mask.shape
    window = slice(layer.top, layer.top + height), slice(layer.left, layer.left + width)
    weight = soft(layer.mask, layer.feather)[..., None]
    under = base[window].astype(np.float32)
    mixed = np.clip(under + weight * (layer.pixels - under) + 0.5, 0, 255).astype(np.uint8)
    result, mask = base.copy(), np.zeros(base.shape[:2], dtype=bool)
    result[window] = mixed
    mask[window] = layer.mask
    return result, mask


def cut(base: Pixels, window: tuple[slice, slice]) -> Floats:
    """The pixels of a window as numbers one can calculate with."""
    return base[window].astype(np.float32)


def worth(base: Pixels, result: Pixels, mask: Mask) -> bool:
    """Whether the altered area is neither tiny nor most of the picture, and the change can be seen in numbers."""
    if not LEAST <= mask.mean() <= MOST:
        return False
    change = np.abs(result[mask].astype(np.int16) - base[mask]).max(axis=1)
    return bool(change.mean() >= _VISIBLE)
