"""Two pictures laid over each other: found under scale, crop and mirror, and where they differ."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from ml.evidence.overlay import lay_over
from ml.evidence.pair import Box
from tests.ml.making import as_bytes

BOX = (200, 120, 250, 160)  # left, top, right, bottom of what is altered


def scene(seed: int = 0, width: int = 480, height: int = 360) -> Image.Image:
    """Shapes of many sizes over a gradient: corners to hold on to, as a photograph has them."""
    random = np.random.default_rng(seed)
    shades = np.linspace(60, 180, width)[None, :, None] * np.linspace(0.7, 1.2, height)[:, None, None]
    image = Image.fromarray(np.clip(shades * random.uniform(0.6, 1.1, 3), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(140):
        x, y, size = random.integers(0, width), random.integers(0, height), random.integers(4, 40)
        colour = tuple(int(part) for part in random.integers(30, 220, 3))
        (draw.ellipse if random.random() < 0.5 else draw.rectangle)((x, y, x + size, y + size // 2 + 2), fill=colour)
    return image


def altered(image: Image.Image, colour=(250, 0, 0)) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).ellipse(BOX, fill=colour)
    return copy


def compressed(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(as_bytes(image, quality=quality))).convert("RGB")


def overlap(box: Box, image: Image.Image) -> float:
    """Share of a found box that lies in the altered one."""
    left, top = box.left * image.width, box.top * image.height
    right, bottom = left + box.width * image.width, top + box.height * image.height
    width = min(right, BOX[2]) - max(left, BOX[0])
    height = min(bottom, BOX[3]) - max(top, BOX[1])
    return max(width, 0) * max(height, 0) / ((right - left) * (bottom - top))


COPIES = {
    "the same": lambda image: image,
    "JPEG 60": lambda image: compressed(image, 60),
    "half the size": lambda image: image.resize((240, 180), Image.Resampling.BILINEAR),
    "twice the size": lambda image: image.resize((960, 720), Image.Resampling.BICUBIC),
    "another shape": lambda image: image.resize((400, 360), Image.Resampling.BICUBIC),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.7),
}


@pytest.mark.parametrize("change", COPIES)
def test_a_copy_shares_everything(change):
    found = lay_over(scene(), COPIES[change](scene()))
    assert found.related
    assert found.regions == ()
    assert found.shared == pytest.approx(1, abs=0.01)
    assert found.covered == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("change", COPIES)
@pytest.mark.parametrize("colour", [(250, 0, 0), (255, 255, 255), (20, 90, 30)], ids=["red", "white", "green"])
def test_what_was_altered_is_the_one_region_that_differs(change, colour):
    image = scene()
    found = lay_over(image, COPIES[change](altered(image, colour)))
    assert found.shared < 1
    assert len(found.regions) == 1
    assert overlap(found.regions[0], image) > 0.6


def test_a_crop_is_laid_where_it_was_cut():
    image = scene()
    part = image.crop((48, 36, 480, 360)).resize((324, 243), Image.Resampling.BILINEAR)  # nine tenths, at 3 to 4
    found = lay_over(image, part)
    assert found.scale == pytest.approx(4 / 3, abs=0.02)
    assert found.covered == pytest.approx(0.81, abs=0.02)
    assert found.contained == pytest.approx(1, abs=0.02)
    assert found.shared == pytest.approx(0.81, abs=0.02)


def test_a_picture_that_shows_more_covers_all_and_is_partly_contained():
    image = scene()
    found = lay_over(image.crop((48, 36, 480, 360)), image)
    assert found.covered == pytest.approx(1, abs=0.02)
    assert found.contained == pytest.approx(0.81, abs=0.02)


def test_a_mirrored_copy_is_turned_back():
    found = lay_over(scene(), ImageOps.mirror(scene()))
    assert found.mirrored
    assert found.shared == pytest.approx(1, abs=0.02)


def test_a_turned_copy_tells_by_how_much():
    found = lay_over(scene(), scene().rotate(-8, Image.Resampling.BICUBIC))
    assert abs(found.turned) == pytest.approx(8, abs=0.3)
    assert found.shared == pytest.approx(found.covered, abs=0.03)


def test_other_pictures_have_nothing_to_be_laid_over_each_other_by():
    found = lay_over(scene(0), scene(1))
    assert (found.related, found.shared, found.regions) == (False, None, ())


def test_a_plain_picture_has_no_points_and_is_still_compared():
    plain = Image.new("RGB", (80, 60), "teal")
    assert lay_over(plain, plain.resize((40, 30))).shared == pytest.approx(1)
    assert lay_over(plain, scene()).shared is None


def test_the_gain_says_that_a_copy_is_darker():
    assert lay_over(scene(), ImageEnhance.Brightness(scene()).enhance(0.5)).brightness == pytest.approx(2, abs=0.1)


def test_the_pictures_have_the_proportions_of_the_first():
    found = lay_over(scene(), altered(scene()).crop((0, 0, 300, 360)))
    for data, kind in ((found.difference, "PNG"), (found.marked, "JPEG"), (found.aligned, "JPEG")):
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.size) == (kind, (480, 360))
    with Image.open(io.BytesIO(found.difference)) as picture:
        grey, alpha = (np.asarray(band) for band in picture.split())
    assert alpha[:, :290].min() == 255
    assert alpha[:, 310:].max() == 0
    assert grey[130:150, 215:235].min() > 200 > 20 > np.median(grey[:, :290])


def test_a_large_picture_is_compared_small():
    found = lay_over(scene().resize((2400, 1800)), scene())
    with Image.open(io.BytesIO(found.aligned)) as picture:
        assert max(picture.size) == 1024
    assert found.scale == pytest.approx(5, abs=0.05)
