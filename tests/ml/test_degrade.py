"""What happens to a picture, and to its mask, before training sees it."""

import numpy as np
import pytest
from PIL import Image

from ml.config import Degradation
from ml.degrade import degrade, to_grid
from ml.images import to_input
from tests.factories import picture

STEPS = ("jpeg", "webp", "shrink", "tile", "crop", "blur", "noise", "light", "flip")


def only(*steps: str) -> Degradation:
    return Degradation(**{step: float(step in steps) for step in STEPS})


def pixels(image: Image.Image, how: Degradation, seed: int = 0) -> np.ndarray:
    return degrade(image, None, 64, how, np.random.default_rng(seed))[0]


def test_a_degradation_is_the_same_for_the_same_seed_and_another_for_another():
    one, same, other = (pixels(picture(), Degradation(), seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_nothing_happens_where_every_chance_is_zero():
    assert np.array_equal(pixels(picture(), only()), to_input(picture(), 64))


@pytest.mark.parametrize("step", STEPS)
def test_each_step_changes_the_picture(step):
    assert not np.array_equal(pixels(picture(), only(step)), to_input(picture(), 64))


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (9, 9)])
def test_it_degrades_pictures_of_any_size(size):
    assert pixels(Image.new("RGB", size), only(*STEPS)).shape == (64, 64, 3)


def test_a_tile_is_a_piece_at_the_pictures_own_scale():
    large = picture(200, 150)
    tile = pixels(large, only("tile"), seed=3)
    whole = np.asarray(large)
    corners = [(y, x) for y in range(150 - 63) for x in range(200 - 63) if np.array_equal(whole[y, x], tile[0, 0])]
    assert any(np.array_equal(whole[y : y + 64, x : x + 64], tile) for y, x in corners)


@pytest.mark.parametrize("steps", [("flip",), ("crop",), ("tile", "flip"), ("crop", "jpeg", "shrink", "blur", "flip")])
def test_a_mask_goes_where_its_pixels_go(steps):
    """A picture whose red is its own mask: after any journey, red lies where the mask does."""
    mask = Image.new("L", (200, 150))
    mask.paste(255, (60, 40, 140, 120))
    red = Image.merge("RGB", [mask, Image.new("L", mask.size), Image.new("L", mask.size)])
    moved, altered = degrade(red, mask, 64, only(*steps), np.random.default_rng(5))
    assert np.abs(to_grid(altered, 8) - to_grid(Image.fromarray(moved[..., 0]), 8)).mean() < 0.06


def test_a_grid_holds_the_altered_share_of_each_cell():
    mask = Image.new("L", (40, 20))
    mask.paste(255, (0, 0, 20, 10))
    assert to_grid(mask, 2).tolist() == [[1, 0], [0, 0]]
    assert to_grid(mask, 1)[0, 0] == pytest.approx(0.25, abs=1 / 255)
