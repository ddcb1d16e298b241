"""Where noise differs is drawn, brightness and texture allowed for, and nothing is concluded from it."""

import numpy as np
import pytest
from PIL import Image

from ml.evidence.noise import deviations, examine
from ml.evidence.subject import NotApplicable
from tests.factories import picture
from tests.ml.making import as_bytes, whole_subject

SIZE = (512, 384)


def noisy(sigma: float, part_sigma: float | None = None) -> Image.Image:
    """A ramp of brightness with noise, and another noise in one part of it."""
    random = np.random.default_rng(0)
    spread = np.full(SIZE[::-1], sigma)
    if part_sigma is not None:
        spread[128:256, 160:320] = part_sigma
    ramp = np.linspace(60, 190, SIZE[0])[None, :]
    grey = np.clip(ramp + random.normal(0, 1, SIZE[::-1]) * spread, 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def finding(image: Image.Image):
    (found,) = examine(whole_subject(as_bytes(image, "PNG")))
    return found


def test_a_part_with_more_noise_is_framed_and_still_nothing_is_concluded():
    found = finding(noisy(2, 8))
    assert found.stance == "silent"
    assert found.details["box"] == pytest.approx([160, 128, 320, 256], abs=48)
    assert found.details["score"] > 3 * finding(noisy(2)).details["score"]
    assert found.picture.startswith(b"\x89PNG")


def test_the_noise_level_is_the_standard_deviation_of_the_noise():
    assert finding(noisy(4)).details["noise_level"] == pytest.approx(4, rel=0.1)


def test_noise_that_follows_brightness_is_no_deviation():
    random = np.random.default_rng(0)
    bright = random.uniform(20, 230, (40, 60))
    noise = np.sqrt(0.1 * bright) * random.uniform(0.95, 1.05, bright.shape)
    levels = np.stack([noise, bright, np.full_like(noise, 3.0)], axis=-1).astype(np.float32)
    left = deviations(levels)
    assert abs(np.corrcoef(left.ravel(), bright.ravel())[0, 1]) < 0.1
    levels[10:20, 10:20, 0] *= 2
    assert deviations(levels)[10:20, 10:20].min() > 3


@pytest.mark.parametrize(
    ("image", "reason"),
    [(picture(300, 100), "128 pixels"), (Image.new("RGB", (256, 256), "red"), "flat")],
    ids=["small", "flat"],
)
def test_small_and_flat_pictures_are_not_examined(image, reason):
    with pytest.raises(NotApplicable, match=reason):
        finding(image)
