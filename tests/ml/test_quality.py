"""Blur, noise, flat grounds and strong compression, on pictures that are made here."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ml import quality
from ml.quality import Quality, QualityRange
from tests.factories import picture

TESTED = QualityRange(jpeg_quality=30, roughness=(0.6, 1.65), plainness=0.2)


def chart() -> Image.Image:
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    for column in range(8):
        draw.rectangle([40 * column + 30, 250 - 20 * column, 40 * column + 55, 260], fill=(30 * column, 90, 160))
    return image


def grey(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def test_roughness_is_known_for_ramps_noise_and_steps():
    ramp = grey(np.add.outer(np.arange(100), np.arange(100)))
    noise = grey(np.random.default_rng(0).normal(128, 20, (400, 400)))
    steps = grey(np.kron(np.random.default_rng(0).integers(0, 255, (12, 12)), np.ones((30, 30))))
    assert quality.measure(ramp).roughness == pytest.approx(0, abs=1e-6)
    assert quality.measure(noise).roughness == pytest.approx(3**0.5, abs=0.01)
    assert quality.measure(steps).roughness == pytest.approx(2, abs=0.03)


def test_the_more_a_picture_is_blurred_the_less_rough_it_is():
    image = picture()
    values = [quality.measure(image.filter(ImageFilter.GaussianBlur(radius))).roughness for radius in (0, 1, 2)]
    assert values == sorted(values, reverse=True)
    assert values[2] < 0.6 * values[0]


def test_a_ground_of_one_shade_is_plain_and_a_photograph_is_not():
    assert quality.measure(chart()).plainness > 0.7
    assert quality.measure(picture()).plainness < 0.1
    assert quality.measure(Image.new("RGB", (50, 50), "black")) == Quality(None, 1.0)


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (40, 2)])
def test_a_sliver_has_no_roughness_and_is_no_error(size):
    assert quality.measure(picture(40, 40).resize(size)).roughness is None


@pytest.mark.parametrize(
    ("jpeg_quality", "measured", "words"),
    [
        (29, Quality(1.0, 0.1), "At JPEG quality 29 it is compressed more strongly"),
        (90, Quality(0.5, 0.1), "more blurred"),
        (90, Quality(1.7, 0.1), "noisier, or has harder edges"),
        (90, Quality(1.0, 0.63), "One shade fills 63%"),
        (None, Quality(None, 1.0), "One shade fills 100%"),
    ],
)
def test_what_was_not_tested_is_said(jpeg_quality, measured, words):
    assert words in TESTED.complaint(jpeg_quality, measured)


@pytest.mark.parametrize("jpeg_quality", [30, 95, None])
@pytest.mark.parametrize("measured", [Quality(0.6, 0.2), Quality(1.65, 0.0), Quality(None, 0.1)])
def test_what_was_tested_meets_no_complaint(jpeg_quality, measured):
    assert TESTED.complaint(jpeg_quality, measured) is None


def test_the_range_holds_all_but_the_wanted_share():
    rng = np.random.default_rng(0)
    measured = [Quality(float(r), float(p)) for r, p in zip(rng.normal(1.2, 0.2, 2000), rng.random(2000), strict=True)]
    tested = quality.fit(measured, 30)
    outside = sum(tested.complaint(None, one) is not None for one in measured)
    assert 0 < outside <= 2 * quality.SHARE * len(measured)
    assert tested.jpeg_quality == 30


def test_a_flat_picture_among_the_others_is_passed_over():
    assert quality.fit([Quality(None, 1.0), Quality(1.1, 0.1), Quality(1.2, 0.1)], 30).roughness == (1.1, 1.2)
    with pytest.raises(ValueError, match="no picture"):
        quality.fit([Quality(None, 1.0)], 30)


def test_a_card_carries_the_range():
    assert QualityRange.from_card(json.loads(json.dumps(TESTED.to_card()))) == TESTED
    with pytest.raises(KeyError):
        QualityRange.from_card({})
