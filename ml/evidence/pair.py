"""What is told of two pictures that were laid over each other."""

from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """A region, in shares of the first picture's width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Overlay:
    """The second picture laid over the first.

    `scale` is how many pixels of the first one pixel of the second covers, `turned` degrees clockwise; `covered` and
    `contained` are which share of the first picture the second shows and the other way round; `shared` is the share of
    the first that is the same in both, None where the two have nothing in common to be laid over each other by.
    `brightness` is the gain that the second needs. The pictures, of the first one's proportions: `difference` PNG,
    transparent where only the first has something; `marked` and `aligned` JPEG.
    """

    related: bool
    mirrored: bool
    scale: float
    turned: float
    covered: float
    contained: float
    shared: float | None
    brightness: float
    regions: tuple[Box, ...]
    difference: bytes
    marked: bytes
    aligned: bytes
