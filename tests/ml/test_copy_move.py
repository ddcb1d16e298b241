"""What the matcher says of copies, of patterns and of pictures in which nothing repeats."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from ml.evidence import alignment, block_votes, copy_direction
from ml.evidence.copy_move import THRESHOLD, examine, find
from ml.evidence.subject import Subject
from ml.findings import Finding
from ml.images import ImageFacts
from ml.views import reencoded

FROM, SIZE = (60, 70), (90, 80)  # left, top; width, height


def scene(width: int = 480, height: int = 360, seed: int = 0) -> Image.Image:
    """Detail at every scale and a little noise, as photographs have; nothing repeats."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cell, strength in ((64, 60), (24, 40), (10, 25), (4, 14)):
        coarse = random.normal(0, strength, (height // cell + 2, width // cell + 2, 3)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    total += random.normal(0, 2, total.shape)
    return Image.fromarray(np.clip(total + 128, 0, 255).astype(np.uint8))


def with_copy(image: Image.Image, to: tuple[int, int], angle: float = 0, scale: float = 1) -> Image.Image:
    """The rectangle at FROM pasted with its corner, before turning about its middle, at `to`."""
    part = image.crop((*FROM, FROM[0] + SIZE[0], FROM[1] + SIZE[1])).convert("RGBA")
    if scale != 1:
        part = part.resize((round(SIZE[0] * scale), round(SIZE[1] * scale)), Image.Resampling.BICUBIC)
    part = part.rotate(angle, Image.Resampling.BICUBIC, expand=True) if angle else part
    result = image.copy()
    result.paste(part, to, part)
    return result


def finding(image: Image.Image) -> Finding:
    facts = ImageFacts("PNG", "image/png", "png", image.width, image.height, 1, 0)
    (found,) = examine(Subject(b"", facts, image))
    return found


def rectangle(image: Image.Image, *corners: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((image.height, image.width), bool)
    for left, top in corners:
        mask[top : top + SIZE[1], left : left + SIZE[0]] = True
    return mask


def likeness(found: np.ndarray, true: np.ndarray) -> float:
    return 2 * (found & true).sum() / (found.sum() + true.sum())


@pytest.mark.parametrize("quality", [None, 90, 75])
def test_it_finds_a_part_that_was_moved(quality):
    image = with_copy(scene(), (301, 203))
    match = find(reencoded(image, quality) if quality else image)
    assert match.score > THRESHOLD
    assert {tuple(map(abs, pair.displacement)) for pair in match.pairs} == {(241.0, 133.0)}
    assert likeness(match.mask, rectangle(image, FROM, (301, 203))) > 0.85


def test_it_finds_a_part_that_was_turned_and_tells_by_how_much():
    match = find(with_copy(scene(), (280, 180), angle=30))
    assert match.score > THRESHOLD
    assert abs(abs(match.pairs[0].rotation) - 30) < 1
    assert match.pairs[0].scale == pytest.approx(1, abs=0.02)


def test_it_finds_a_part_that_was_enlarged_and_tells_by_how_much():
    match = find(with_copy(scene(), (280, 180), scale=1.3))
    assert match.score > THRESHOLD
    ratio = match.pairs[0].scale
    assert max(ratio, 1 / ratio) == pytest.approx(1.3, abs=0.03)


def test_it_finds_two_copies_of_one_part():
    image = with_copy(with_copy(scene(), (301, 203)), (330, 20))
    match = find(image)
    assert likeness(match.mask, rectangle(image, FROM, (301, 203), (330, 20))) > 0.8
    assert len(match.pairs) >= 2


def test_a_larger_picture_is_answered_in_its_own_pixels():
    small = with_copy(scene(), (301, 203))
    image = small.resize((1920, 1440), Image.Resampling.BICUBIC)
    match = find(image)
    assert match.mask.shape == match.copies.shape == (1440, 1920)
    assert np.abs(match.pairs[0].displacement) == pytest.approx([964, 532], abs=8)
    assert all(0 <= edge <= 1920 for box in match.pairs[0].boxes for edge in box)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_silent_where_nothing_was_copied(seed):
    assert find(scene(seed=seed)).score < THRESHOLD
    assert find(reencoded(scene(seed=seed), 75)).score < THRESHOLD


def bricks() -> Image.Image:
    image = Image.new("RGB", (480, 360), (180, 170, 160))
    draw = ImageDraw.Draw(image)
    for row in range(18):
        for column in range(-1, 12):
            left = column * 44 + 22 * (row % 2)
            draw.rectangle((left, row * 20, left + 40, row * 20 + 16), (150, 60, 40))
    return with_noise(image)


def print_of_words() -> Image.Image:
    image = Image.new("RGB", (480, 360), "white")
    draw = ImageDraw.Draw(image)
    for row in range(20):
        draw.text((10, row * 18), "the quick brown fox jumps over the lazy dog again and again", "black")
    return image


def stripes() -> Image.Image:
    return Image.fromarray(np.tile((np.arange(480) // 7 % 2 * 200).astype(np.uint8), (360, 1))).convert("RGB")


def with_noise(image: Image.Image) -> Image.Image:
    noise = np.random.default_rng(5).normal(0, 3, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("make", [bricks, print_of_words, stripes])
def test_it_is_silent_on_what_repeats_by_nature(make):
    assert finding(make()).stance == "silent"


@pytest.mark.parametrize(
    "size", [(1, 1), (16, 16), (33, 32), (40, 900), (900, 40), (3000, 33), (255, 257), (40_000, 80)]
)
def test_it_answers_for_any_size(size):
    image = Image.effect_noise(size, 50).convert("RGB")
    match = find(image)
    assert match.mask.shape == match.copies.shape == (size[1], size[0])


@pytest.mark.parametrize("colour", ["black", "white", "red"])
def test_a_flat_picture_holds_no_copy(colour):
    match = find(Image.new("RGB", (300, 200), colour))
    assert (match.score, match.pairs) == (0.0, ())
    assert not match.mask.any()


def test_the_grid_of_blocks_tells_the_copy_from_its_original():
    image = with_copy(reencoded(scene(), 80), (301, 203))
    match = find(image)
    assert match.pairs[0].copy_known
    assert match.pairs[0].displacement == (241.0, 133.0)
    assert likeness(match.copies, rectangle(image, (301, 203))) > 0.85
    assert likeness(match.copies, rectangle(image, FROM)) < 0.1


def test_what_is_strange_to_its_surroundings_is_the_copy():
    match = find(reencoded(with_copy(scene(), (301, 203)), 85))
    assert match.pairs[0].copy_known
    assert likeness(match.copies, rectangle(scene(), (301, 203))) > 0.85


def test_where_neither_grid_nor_border_tells_both_sides_are_shown():
    noise = np.random.default_rng(1).normal(128, 20, (360, 480, 3)).clip(0, 255)
    match = find(with_copy(Image.fromarray(noise.astype(np.uint8)), (301, 203)))
    assert match.score > THRESHOLD
    assert not match.pairs[0].copy_known
    assert np.array_equal(match.copies, match.mask)


def test_blocks_in_step_tell_nothing():
    image = with_copy(reencoded(scene(), 80), (FROM[0] + 240, FROM[1] + 136))
    assert copy_direction.by_grid(np.asarray(image), rectangle(image, FROM), (240, 136)) == 0


def test_the_direction_turns_with_the_question():
    image = with_copy(reencoded(scene(), 80), (301, 203))
    pixels = np.asarray(image)
    forward = copy_direction.by_grid(pixels, rectangle(image, FROM), (241, 133))
    backward = copy_direction.by_grid(pixels, rectangle(image, (301, 203)), (-241, -133))
    assert forward == pytest.approx(-backward)
    assert forward > 3


def test_blocks_vote_for_the_displacement_of_the_copy():
    image = with_copy(scene(), (301, 203))
    planes = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2YCrCb).astype(np.float32)
    assert block_votes.displacements(planes, at_least=20, count=3)[0] == (241, 133)


def test_an_alignment_that_is_off_by_a_pixel_is_mended():
    luma = np.asarray(scene().convert("L"), np.float32)
    true = np.array([[0.98, -0.17, 120], [0.17, 0.98, 40]])
    turned = alignment.warped(luma, true, (slice(0, 360), slice(0, 480)))
    joined = np.hstack([turned, luma])
    start = np.array([[0.98, -0.17, 481 + 120], [0.17, 0.98, 39]])
    found = alignment.aligned(joined, start, (slice(60, 160), slice(60, 180)))
    middle = np.array([120, 110, 1])
    assert found @ middle == pytest.approx(true @ middle + [480, 0], abs=0.1)


def test_the_finding_says_in_one_sentence_what_repeats_and_shows_the_boxes():
    image = with_copy(scene(), (301, 203))
    found = finding(image)
    assert (found.signal, found.stance) == ("copy_move", "supports_fake")
    assert found.summary.endswith(".")
    assert found.summary.count(".") == 1
    (pair,) = found.details["pairs"]
    assert all(0 <= box[0] < box[2] <= 480 and 0 <= box[1] < box[3] <= 360 for box in pair["boxes"])
    assert json.loads(json.dumps(dict(found.details)))


def test_the_same_picture_gives_the_same_answer():
    image = with_copy(scene(), (280, 180), angle=30)
    one, two = find(image), find(image)
    assert one.score == two.score
    assert np.array_equal(one.mask, two.mask)
