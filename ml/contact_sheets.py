"""Contact sheets: up to two dozen pictures of each source and label at a glance."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps

from ml.images import InvalidImage, Limits, decode
from ml.tally import SHOWN, Pick

_EDGE, _ACROSS, _GAP = 128, 8, 4
_LIMITS = Limits(bytes=100_000_000, pixels=100_000_000)


def contact_sheet(picks: Sequence[Pick]) -> bytes:
    """A JPEG of the pictures in rows of eight, each fitted into 128 pixels; where a mask is known, altered is red."""
    rows = -(-min(len(picks), SHOWN) // _ACROSS)
    step = _EDGE + _GAP
    sheet = Image.new("RGB", (_ACROSS * step + _GAP, rows * step + _GAP), "white")
    for place, pick in enumerate(picks[:SHOWN]):
        column, row = place % _ACROSS, place // _ACROSS
        sheet.paste(_thumbnail(pick), (_GAP + column * step, _GAP + row * step))
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def _thumbnail(pick: Pick) -> Image.Image:
    try:
        picture = decode(Path(pick.path).read_bytes(), _LIMITS, at_least=_EDGE)
        if pick.mask:
            picture = _shown(picture, Path(pick.mask))
    except (InvalidImage, OSError):  # gone since it was examined: an empty place says so
        return Image.new("RGB", (_EDGE, _EDGE), "lightgrey")
    return ImageOps.pad(picture, (_EDGE, _EDGE), Image.Resampling.BILINEAR, color="white")


def _shown(picture: Image.Image, mask: Path) -> Image.Image:
    altered = decode(mask.read_bytes(), _LIMITS).convert("L").resize(picture.size).point(lambda value: value // 2)
    return Image.composite(Image.new("RGB", picture.size, "red"), picture, altered)
