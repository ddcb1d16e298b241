"""Periodic patterns are marked in the spectrum; the blocks of JPEG are not; nothing is concluded from either."""

import io

import numpy as np
import pytest
from PIL import Image

from ml.evidence import maps
from ml.evidence.spectrum import examine
from ml.evidence.subject import NotApplicable
from tests.factories import picture
from tests.ml.making import as_bytes, fake_picture, whole_subject

WHITE = (255, 255, 255)


def finding(image: Image.Image, form: str = "PNG", **options):
    (found,) = examine(whole_subject(as_bytes(image, form, **options)))
    return found


def shades(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_the_checkerboard_of_an_upsampling_is_marked_and_still_nothing_is_concluded():
    found = finding(fake_picture(512, 512))
    assert found.stance == "silent"
    assert {"frequency": [-0.5, -0.5], "height": found.details["score"]} in found.details["peaks"]
    assert "cameras leave such peaks too" in found.summary
    assert (shades(found.picture)[:24, :24] == WHITE).all(axis=-1).any()  # the circle, at the corner of the spectrum


def test_a_photograph_shows_no_peak():
    found = finding(picture(512, 512))
    assert found.stance == "silent"
    assert found.details["peaks"] == []


def test_the_blocks_of_jpeg_make_no_peak_off_the_axes():
    found = finding(picture(512, 512), "JPEG", quality=50)
    assert found.details["peaks"] == []
    assert "compression hides" in found.summary


def test_energy_at_high_frequencies_falls_where_a_picture_was_smoothed():
    sharp = picture(512, 512)
    smooth = sharp.resize((256, 256), Image.Resampling.BILINEAR).resize((512, 512), Image.Resampling.BICUBIC)
    assert finding(smooth).details["high_frequencies"] < finding(sharp).details["high_frequencies"] - 1


def test_a_small_picture_is_not_examined():
    with pytest.raises(NotApplicable, match="128 pixels"):
        finding(picture(300, 100))


def test_a_map_keeps_the_proportions_of_the_picture_within_1024_pixels():
    drawn = shades(maps.draw(np.zeros((30, 40)), (4000, 3000), 0, 1))
    assert drawn.shape == (768, 1024, 3)


def test_a_map_grows_lighter_with_the_value_and_shows_what_was_not_looked_at_in_grey():
    values = np.array([[0.0, 0.5, 1.0, np.nan]])
    drawn = shades(maps.draw(values, (400, 100), 0, 1))
    light = [int(drawn[50, column].sum()) for column in (50, 150, 250)]
    assert light == sorted(light)
    assert len(set(light)) == 3
    assert tuple(drawn[50, 350]) == (128, 128, 128)


def test_the_outline_of_a_region_is_drawn_in_white():
    region = np.zeros((10, 10), bool)
    region[3:6, 3:6] = True
    white = (shades(maps.draw(np.zeros((10, 10)), (200, 200), 0, 1, outline=region)) == WHITE).all(axis=-1)
    assert white[55:65, 80].any()
    assert not white[80:100, 80:100].any()
    assert not white[150:].any()
