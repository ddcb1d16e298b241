"""The star of a generator is found where that generator draws it, and nowhere else; it decides nothing by itself."""

import pytest
from PIL import Image, ImageDraw, ImageFilter

from ml.evidence.subject import NotApplicable
from ml.evidence.visible_mark import examine
from tests.factories import picture
from tests.ml.making import as_bytes, whole_subject


def marked(
    width: int,
    height: int,
    *,
    side: float = 48,
    away: tuple[float, float] = (48, 48),
    alpha: float = 0.6,
    seed: int = 0,
) -> Image.Image:
    """A photograph with a white star; its side, and how far its middle is from right and below, are for 1024 pixels."""
    factor = max(width, height) / 1024
    layer = Image.new("L", (width * 4, height * 4), 0)
    middle = (width - away[0] * factor) * 4, (height - away[1] * factor) * 4
    ImageDraw.Draw(layer).polygon(_star(middle, side * factor * 2), fill=round(255 * alpha))
    below = picture(width, height).filter(ImageFilter.GaussianBlur(2))
    return Image.composite(Image.new("RGB", below.size, "white"), below, layer.resize(below.size, Image.Resampling.BOX))


def _star(middle: tuple[float, float], long: float) -> list[tuple[float, float]]:
    """Eight corners: four far from the middle, four near it."""
    x, y = middle
    near = long * 0.2
    return [
        (x, y - long), (x + near, y - near), (x + long, y), (x + near, y + near),
        (x, y + long), (x - near, y + near), (x - long, y), (x - near, y - near),
    ]  # fmt: skip


def finding(image: Image.Image, form: str = "PNG", **options):
    (found,) = examine(whole_subject(as_bytes(image, form, **options)))
    return found


@pytest.mark.parametrize(("width", "height"), [(1024, 1024), (1536, 1024), (832, 1248), (2048, 2048), (600, 600)])
@pytest.mark.parametrize("side", [28, 48])
def test_it_is_found_in_pictures_of_any_size(width, height, side):
    found = finding(marked(width, height, side=side, away=(side * 1.05,) * 2))
    assert found.stance == "supports_fake"
    factor = max(width, height) / 1024
    expected = [width - side * 1.55 * factor, height - side * 1.55 * factor]
    assert found.details["box"][:2] == pytest.approx(expected, abs=0.3 * side * factor)
    assert found.picture.startswith(b"\x89PNG")


@pytest.mark.parametrize("quality", [90, 60])
def test_it_outlasts_compression_and_half_the_size(quality):
    small = marked(1024, 1024).resize((512, 512), Image.Resampling.LANCZOS)
    assert finding(small, "JPEG", quality=quality).stance == "supports_fake"


@pytest.mark.parametrize(
    ("side", "away"),
    [(48, (200, 48)), (48, (48, 200)), (48, (48, 90)), (48, (512, 512)), (24, (100, 100)), (110, (110, 110))],
)
def test_a_star_of_another_place_or_size_is_none(side, away):
    found = finding(marked(1024, 1024, side=side, away=away))
    assert found.stance == "silent"
    assert found.picture is None


def test_a_dark_star_is_none():
    image = marked(1024, 1024, alpha=1.0)
    assert finding(Image.eval(image, lambda value: 255 - value)).stance == "silent"


@pytest.mark.parametrize("seed", range(6))
def test_a_photograph_bears_none(seed):
    found = finding(picture(1024, 768, seed))
    assert (found.stance, found.picture) == ("silent", None)
    assert "bear none" in found.summary


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_a_plain_ground_is_no_star(colour):
    found = finding(Image.new("RGB", (1024, 1024), colour))
    assert found.stance == "silent"
    assert found.details == {"score": 0.0}


def test_a_narrow_picture_is_examined_as_far_as_it_goes():
    assert finding(picture(1024, 20)).stance == "silent"


def test_a_small_picture_is_not_examined():
    with pytest.raises(NotApplicable, match="400 pixels"):
        finding(picture(390, 300))
