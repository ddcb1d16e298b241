"""A look and a glance at a picture: how many views, and what both agree on."""

import numpy as np
import pytest

from ml import look
from ml.runtime import Output
from tests.factories import picture

SIZE = 32


class Bright:
    """A network whose log-odds are the mean brightness, with a map that leans to the left."""

    def __init__(self):
        self.views = 0

    def __call__(self, pixels):
        self.views += 1
        mean = np.float32(pixels.mean() / 255)
        mask = pixels[::16, ::16, 0].astype(np.float32)
        return Output(np.array([0, mean], np.float32), np.zeros((1, 1, 2), np.float32), mask, np.zeros(3, np.float32))


@pytest.mark.parametrize(("edge", "whole", "brief"), [(40, 4, 2), (64, 8, 4)])
def test_a_glance_takes_half_of_a_looks_views(edge, whole, brief):
    image, thorough, quick = picture(edge, edge), Bright(), Bright()
    look.look(thorough, image, SIZE)
    look.glance(quick, image, SIZE)
    assert (thorough.views, quick.views) == (whole, brief)


def test_a_glance_says_much_the_same_as_a_look():
    image = picture(64, 64)
    seen, glanced = look.look(Bright(), image, SIZE), look.glance(Bright(), image, SIZE)
    assert glanced.logits.shape == seen.logits.shape == (5, 2)
    assert np.abs(glanced.logits[:4] - seen.logits[:4]).max() < 0.05
    assert np.allclose(glanced.mask, seen.mask)
    assert np.ptp(glanced.logits[:4], axis=0).max() == 0


def test_without_details_the_views_stand_for_them():
    quick = Bright()
    glanced = look.glance(quick, picture(64, 64), SIZE, details=False)
    assert quick.views == 2
    assert np.array_equal(glanced.logits[4], glanced.logits[0])
