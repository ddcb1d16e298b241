"""What happens to a picture on its way into the model."""

import numpy as np
import pytest
from PIL import Image

from ml.images import to_input
from ml.views import detail_views, reencoded, scaled, stability_views, working_image
from tests.factories import image_bytes, picture
from tests.ml.making import as_bytes, fake_picture


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_large_picture_is_shrunk_by_a_power_of_two_and_keeps_twice_the_input(format):
    image = working_image(image_bytes(format, 1400, 1100), size=128)
    assert image.size == (350, 275)


def test_a_small_picture_is_left_as_it_is():
    assert working_image(image_bytes("PNG", 300, 200), size=128).size == (300, 200)


def test_png_and_jpeg_of_one_picture_reach_the_model_alike():
    large = picture(1600, 1200)
    inputs = [to_input(working_image(as_bytes(large, f, **o), 128), 128).astype(int)
              for f, o in (("PNG", {}), ("JPEG", {"quality": 98, "subsampling": 0}))]  # fmt: skip
    assert np.abs(inputs[0] - inputs[1]).mean() < 1.5


def test_the_stability_views_are_four_inputs_of_one_picture():
    views = stability_views(picture(), 64)
    assert [view.shape for view in views] == [(64, 64, 3)] * 4
    assert all(0 < np.abs(views[0].astype(int) - view).mean() < 12 for view in views[1:3])
    assert np.array_equal(views[0], views[3][:, ::-1])


def test_a_reencoding_keeps_the_size_and_loses_detail():
    image = fake_picture()
    assert reencoded(image, 75).size == image.size
    assert np.asarray(reencoded(image, 10)).std() != np.asarray(image).std()
    assert scaled(image, 0.5).size == (48, 48)


@pytest.mark.parametrize("size", [(65_501, 1), (2, 140_000)])
def test_a_strip_that_no_jpeg_can_hold_has_views_as_any_other(size):
    strip = Image.new("RGB", size, "red")
    assert max(reencoded(strip, 75).size) <= 65_500
    assert [view.shape for view in stability_views(strip, 32)] == [(32, 32, 3)] * 4


def test_a_large_picture_has_four_details_at_its_own_scale_and_a_small_one_none():
    large = picture(300, 200)
    tiles = detail_views(large, 64)
    assert [tile.shape for tile in tiles] == [(64, 64, 3)] * 4
    assert np.array_equal(tiles[0], np.asarray(large.crop((43, 18, 107, 82))))
    assert detail_views(picture(95, 200), 64) == []
