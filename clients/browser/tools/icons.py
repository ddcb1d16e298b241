"""Draw the icons of the extension: the mark of the site (static/img/favicon.svg) in the sizes that browsers ask for.

`python clients/browser/tools/icons.py`; the geometry is the SVG's, on its grid of 32.
"""

import math
from pathlib import Path

from PIL import Image, ImageDraw

ICONS = Path(__file__).resolve().parent.parent / "src" / "icons"
SIZES = (16, 32, 48, 128)
_FINE = 16  # drawn so many times larger, then shrunk: smooth edges
_GROUND, _LINE, _LIGHT = "#14181f", "#ffffff", "#93b4ff"
_CORNERS = ((10.5, 6, 6, 10.5), (21.5, 6, 26, 10.5), (26, 21.5, 21.5, 26), (10.5, 26, 6, 21.5))


def drawn(size: int) -> Image.Image:
    """The mark, `size` pixels wide."""
    scale = size * _FINE / 32
    image = Image.new("RGBA", (size * _FINE, size * _FINE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, 32 * scale - 1, 32 * scale - 1), 7 * scale, fill=_GROUND)
    for corner in _CORNERS:
        _bracket(pen, corner, scale)
    pen.pieslice(_box(16, 16, 6.2, scale), 90, 270, fill=_LIGHT)
    for step in range(5):
        turn = step * 3.6 / 5.7  # a dash of 0.1 and a gap of 3.5 on a circle of 5.7
        _dot(pen, 16 + 5.7 * math.sin(turn), 16 - 5.7 * math.cos(turn), 1.1, scale)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _bracket(pen: ImageDraw.ImageDraw, corner: tuple[float, float, float, float], scale: float) -> None:
    """Two strokes that meet at the corner of the frame, with round ends."""
    x1, y1, x2, y2 = corner
    meet = (x2, y1) if y1 in (6, 26) else (x1, y2)
    for end in ((x1, y1), (x2, y2)):
        pen.line([end[0] * scale, end[1] * scale, meet[0] * scale, meet[1] * scale], _LINE, round(2.2 * scale))
    for x, y in ((x1, y1), meet, (x2, y2)):
        _dot(pen, x, y, 1.1, scale, _LINE)


def _dot(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, scale: float, colour: str = _LIGHT) -> None:
    pen.ellipse(_box(x, y, radius, scale), fill=colour)


def _box(x: float, y: float, radius: float, scale: float) -> tuple[float, float, float, float]:
    return (x - radius) * scale, (y - radius) * scale, (x + radius) * scale, (y + radius) * scale


if __name__ == "__main__":
    for _size in SIZES:
        drawn(_size).save(ICONS / f"{_size}.png", optimize=True)
