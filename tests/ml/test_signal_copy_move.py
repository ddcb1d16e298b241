"""Copy-move as a row of the ledger: what it says, shows and hands to a machine."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from ml.evidence import copy_move, copy_picture
from ml.evidence.subject import NotApplicable, Subject
from ml.images import ImageFacts
from tests.ml.test_copy_move import scene, with_copy


def subject(image):
    return Subject(b"", ImageFacts("PNG", "image/png", "png", image.width, image.height, 1, 0), image)


@pytest.fixture(scope="module")
def copied():
    image = with_copy(scene(), (301, 203))
    (finding,) = copy_move.examine(subject(image))
    return image, finding


def test_a_copied_part_supports_a_fake_with_its_score(copied):
    _, finding = copied
    assert finding.stance == "supports_fake"
    assert finding.details["score"] >= copy_move.THRESHOLD
    json.dumps(dict(finding.details))


def test_the_picture_is_as_large_as_the_photograph_and_marks_both_regions_in_colour(copied):
    image, finding = copied
    with Image.open(io.BytesIO(finding.picture)) as opened:
        drawn = np.asarray(opened.convert("RGB"), int)
    assert drawn.shape == (image.height, image.width, 3)
    coloured = (drawn.max(axis=2) - drawn.min(axis=2)) > 40
    for left, top, right, bottom in finding.details["pairs"][0]["boxes"]:
        assert coloured[top - 4 : bottom + 4, left - 4 : right + 4].any()
    assert not coloured[:30, -100:].any()


def test_the_mask_in_the_details_is_the_one_that_was_found(copied):
    image, finding = copied
    mask = copy_picture.unpacked(finding.details["mask"])
    assert np.array_equal(mask, copy_move.find(image).copies)
    assert (finding.details["mask"]["width"], finding.details["mask"]["height"]) == image.size


def test_a_mask_too_long_for_a_row_is_made_smaller_and_says_its_size():
    noise = np.random.default_rng(0).random((1600, 1600)) > 0.5
    packed = copy_picture.packed(noise, (1600, 1600))
    assert len(packed["png"]) <= 200_000
    assert packed["width"] < 1600
    assert copy_picture.unpacked(packed).shape == (packed["height"], packed["width"])


def test_the_picture_of_a_large_photograph_is_no_larger_than_a_page_needs():
    image = with_copy(scene(), (301, 203)).resize((1920, 1440), Image.Resampling.BICUBIC)
    (finding,) = copy_move.examine(subject(image))
    with Image.open(io.BytesIO(finding.picture)) as drawn:
        assert drawn.size == (1600, 1200)
    assert finding.details["mask"]["width"] == 1920


def test_where_it_cannot_tell_the_copy_a_line_without_a_head_links_the_regions():
    noise = np.random.default_rng(1).normal(128, 20, (360, 480, 3)).clip(0, 255)
    (finding,) = copy_move.examine(subject(with_copy(Image.fromarray(noise.astype(np.uint8)), (301, 203))))
    assert not finding.details["pairs"][0]["copy_known"]
    assert finding.picture


def test_where_nothing_repeats_it_is_silent_and_still_tells_its_score():
    (finding,) = copy_move.examine(subject(scene()))
    assert (finding.stance, finding.picture) == ("silent", None)
    assert finding.details["score"] < copy_move.THRESHOLD


@pytest.mark.parametrize("size", [(31, 300), (1, 1)])
def test_it_does_not_apply_to_a_picture_too_small_to_repeat(size):
    with pytest.raises(NotApplicable, match=r"too small"):
        copy_move.examine(subject(Image.new("RGB", size)))
