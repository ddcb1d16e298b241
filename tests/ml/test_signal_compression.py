"""A part that was compressed otherwise than the rest is found; a picture that was saved twice as a whole is not one."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from ml.evidence import blocks, ghosts
from ml.evidence.compression import THRESHOLD, examine
from ml.evidence.subject import NotApplicable
from tests.factories import picture
from tests.ml.making import as_bytes, whole_subject

PART = (160, 120, 360, 280)
ORIENTATION = 0x0112


def saved(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(as_bytes(image, quality=quality))).convert("RGB")


def with_part(image: Image.Image, part: Image.Image) -> Image.Image:
    whole = image.copy()
    whole.paste(part.crop(PART), PART[:2])
    return whole


def finding(data: bytes):
    (found,) = examine(whole_subject(data))
    return found


def overlap(box: list[int]) -> float:
    """Intersection over union with the part."""
    across, down = (min(box[2 + axis], PART[2 + axis]) - max(box[axis], PART[axis]) for axis in (0, 1))
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (box, PART)]
    both = max(across, 0) * max(down, 0)
    return both / (sum(areas) - both)


def test_a_part_that_was_compressed_once_in_a_picture_compressed_twice_is_found():
    forged = with_part(saved(picture(512, 384), 70), picture(512, 384, seed=1))
    found = finding(as_bytes(forged, quality=95))
    assert found.stance == "supports_fake"
    assert "only once" in found.summary
    assert found.details["score"] > THRESHOLD
    assert found.details["double_quantisation"]["first_steps"]["0,1"] == 7  # of the standard table at quality 70
    assert overlap(found.details["box"]) > 0.6
    assert found.picture.startswith(b"\x89PNG")


def test_it_is_found_in_a_photograph_that_the_camera_held_upright():
    forged = with_part(saved(picture(508, 380), 70), picture(508, 380, seed=1))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    found = finding(as_bytes(forged, quality=95, exif=exif))
    assert found.stance == "supports_fake"
    expected = (380 - PART[3], PART[0], 380 - PART[1], PART[2])
    assert found.details["box"] == pytest.approx(expected, abs=40)


def test_a_part_with_an_earlier_grid_out_of_step_is_found_in_a_file_that_is_no_jpeg():
    strange = Image.new("RGB", (512, 384))
    strange.paste(saved(picture(512, 384, seed=1), 60), (3, 5))
    found = finding(as_bytes(with_part(picture(512, 384), strange), "PNG"))
    assert found.stance == "supports_fake"
    assert "out of step" in found.summary
    assert found.details["block_grid"]["offset"] == [5, 3]
    assert overlap(found.details["box"]) > 0.5


@pytest.mark.parametrize("qualities", [(90,), (70, 95), (85, 92)], ids=str)
def test_saving_a_whole_picture_again_is_no_manipulation(qualities):
    image = picture(512, 384)
    for quality in qualities[:-1]:
        image = saved(image, quality)
    found = finding(as_bytes(image, quality=qualities[-1]))
    assert found.stance == "silent"
    assert found.details["score"] < THRESHOLD
    assert found.picture


def test_cropping_a_whole_picture_is_no_manipulation():
    cropped = saved(picture(512, 384), 70).crop((3, 5, 512, 384))
    found = finding(as_bytes(cropped, quality=95))
    assert found.stance == "silent"
    assert found.details["block_grid"]["whole_picture_offset"] == [3, 5]


def test_the_quality_of_an_earlier_save_is_told():
    found = finding(as_bytes(saved(picture(512, 384), 74), quality=95))
    assert found.details["earlier_quality"] == 74
    assert "about 74" in found.summary
    assert finding(as_bytes(picture(512, 384), quality=95)).details["earlier_quality"] is None


def test_a_file_without_losses_that_was_a_jpeg_before_is_told():
    assert finding(as_bytes(saved(picture(512, 384), 71), "PNG")).details["earlier_quality"] == 71
    assert finding(as_bytes(picture(512, 384), "PNG")).details["earlier_quality"] is None


def test_a_file_that_is_no_jpeg_is_told_which_tests_it_did_not_get():
    found = finding(as_bytes(picture(512, 384), "PNG"))
    assert found.stance == "silent"
    assert found.details["double_quantisation"] is None
    assert "need a JPEG" in found.summary


def test_a_small_picture_is_not_examined():
    with pytest.raises(NotApplicable, match="128 pixels"):
        finding(as_bytes(picture(300, 100)))


def test_coefficients_are_those_of_the_cosine_transform():
    grey = np.random.default_rng(0).integers(0, 256, (40, 56), dtype=np.uint8)
    values = blocks.coefficients(grey, [(0, 1), (3, 2)], stride=2, start=(4, 4))
    whole = cv2.dct(grey[20:28, 36:44].astype(np.float32))
    assert values.shape == (2, 3, 2)
    assert values[1, 2] == pytest.approx([whole[0, 1], whole[3, 2]], abs=1e-3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_read_as_the_file_holds_it(orientation):
    plane = np.random.default_rng(0).integers(0, 256, (16, 24), dtype=np.uint8)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    subject = whole_subject(as_bytes(Image.fromarray(plane), "PNG", exif=exif))
    assert blocks.stored(subject.data, subject.facts).orientation == orientation
    assert np.array_equal(blocks.as_stored(subject.grey, orientation), plane)
    assert np.array_equal(blocks.upright(plane, orientation), subject.grey)


def test_error_levels_are_what_compressing_again_would_change():
    once = np.asarray(saved(picture(256, 192), 90).convert("L"))
    orders = [(0, 1), (1, 0), (1, 1)]
    fresh = np.asarray(picture(256, 192).convert("L"))
    changed = [float(ghosts.error_levels(blocks.coefficients(grey, orders), orders).mean()) for grey in (once, fresh)]
    assert changed[0] < 0.5 < changed[1]


@pytest.mark.parametrize("form", ["WEBP", "HEIF", "TIFF", "AVIF", "BMP", "GIF"])
def test_files_of_every_format_are_examined(form):
    found = finding(as_bytes(picture(256, 192), form))
    assert found.stance == "silent"
    assert found.details["double_quantisation"] is None
