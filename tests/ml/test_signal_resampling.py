"""An enlarged part is found in a file without losses; an enlarged whole is told; neither accuses anybody."""

import numpy as np
import pytest
from PIL import Image

from ml.evidence import spectra, tiles
from ml.evidence.resampling import THRESHOLD, examine, factors
from ml.evidence.spectra import Peak
from ml.evidence.subject import NotApplicable
from tests.factories import picture
from tests.ml.making import as_bytes, whole_subject

SIDE = 1024


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    return picture(SIDE, SIDE)


def enlarged(image: Image.Image, factor: float) -> Image.Image:
    size = (round(image.width * factor), round(image.height * factor))
    return image.resize(size, Image.Resampling.BICUBIC)


def finding(image: Image.Image, form: str = "PNG", **options):
    (found,) = examine(whole_subject(as_bytes(image, form, **options)))
    return found


def test_a_part_that_was_enlarged_is_found(photograph):
    forged = photograph.copy()
    forged.paste(enlarged(photograph.crop((0, 0, 320, 320)), 1.3).crop((0, 0, 300, 300)), (490, 240))
    found = finding(forged)
    assert found.stance == "silent"
    assert "enlarged that the rest lacks" in found.summary
    assert found.details["score"] > THRESHOLD
    assert found.details["local"]["box"] == [512, 256, 768, 512]
    assert max(np.abs(found.details["local"]["frequency"])) == pytest.approx(1 - 1 / 1.3, abs=0.006)
    assert found.picture.startswith(b"\x89PNG")


def test_a_photograph_as_it_was_taken_shows_nothing(photograph):
    found = finding(photograph)
    assert found.stance == "silent"
    assert found.details["factors"] == []
    assert found.details["score"] < THRESHOLD
    assert found.details["looked_at"] == 1.0


@pytest.mark.parametrize("factor", [1.3, 1.5])
def test_an_enlarged_picture_is_told_and_accuses_nobody(photograph, factor):
    found = finding(enlarged(photograph, factor))
    assert found.stance == "silent"
    assert "enlarged as a whole" in found.summary
    assert any(fits == pytest.approx(factor, abs=0.03) for fits in found.details["factors"])


def test_the_blocks_of_jpeg_are_not_taken_for_scaling(photograph):
    found = finding(photograph, "JPEG", quality=60)
    assert found.stance == "silent"
    assert found.details["factors"] == []


def test_a_factor_whose_period_is_that_of_jpeg_blocks_cannot_be_told(photograph):
    assert finding(enlarged(photograph, 1.6)).details["factors"] == []  # 1 - 1 / 1.6 is 3/8


def test_two_factors_fit_one_peak():
    assert factors(Peak((0.0, -0.25), 20.0)) == [1.33, 4.0]


def test_a_small_picture_is_not_examined():
    with pytest.raises(NotApplicable, match="128 pixels"):
        finding(picture(300, 100))


def test_squares_are_spread_over_a_large_picture_and_do_not_overlap():
    boxes = list(tiles.spread((3000, 4000), 256, 1_500_000))
    seen = np.zeros((3000, 4000), int)
    for place in boxes:
        assert seen[place].shape == (256, 256)
        seen[place] += 1
    assert seen.max() == 1
    assert 0.06 < tiles.looked_at(boxes, seen.shape) < 0.13
    assert len({rows.start for rows, _ in boxes}) >= 3
    assert list(tiles.spread((100, 900), 256, 1_500_000)) == []


def test_a_spectrum_without_squares_is_refused():
    with pytest.raises(ValueError, match="at least one square"):
        spectra.mean_spectrum(np.zeros((8, 8), np.uint8), [], np.float32)


def test_a_picture_with_squares_of_one_shade_is_examined_like_any_other(photograph):
    blank = photograph.copy()
    blank.paste("white", (0, 0, SIDE, SIDE // 2))
    assert finding(blank).stance == "silent"
    assert finding(Image.new("RGB", (SIDE, SIDE), "white")).stance == "silent"
