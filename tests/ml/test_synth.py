"""Edits: what they alter is what their mask says, they are alike for one seed, and they are plausible in size."""

import numpy as np
import pytest
from PIL import Image

from ml.synth import EDITS, Edited, EditRefused, blending, render
from tests.factories import picture

SIZES = ((64, 64), (224, 224), (97, 301), (640, 350))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def change(edit: str, size: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Largest change of each pixel over its channels, and the mask."""
    base = picture(*size, seed=seed)
    made = render(edit, base, picture(200, 180, seed=99), seed)
    assert made.image.size == made.mask.size == size
    assert (made.image.mode, made.mask.mode) == ("RGB", "L")
    assert set(np.unique(np.asarray(made.mask))) == {0, 255}
    return np.abs(pixels(made.image) - pixels(base)).max(axis=2), np.asarray(made.mask) > 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("edit", EDITS)
def test_outside_of_the_mask_not_one_bit_differs(edit, size):
    for seed in range(4):
        difference, mask = change(edit, size, seed)
        assert difference[~mask].max() == 0


@pytest.mark.parametrize("edit", EDITS)
def test_inside_of_the_mask_the_picture_is_altered(edit):
    for seed in range(6):
        difference, mask = change(edit, (256, 256), seed)
        assert 0.005 <= mask.mean() <= 0.4
        assert difference[mask].mean() >= 0.8


@pytest.mark.parametrize("edit", EDITS)
def test_one_seed_makes_one_picture_and_another_seed_another(edit):
    base, donor = picture(seed=1), picture(seed=2)
    first, again, other = (render(edit, base, donor, seed) for seed in (5, 5, 6))
    assert first.image.tobytes() == again.image.tobytes()
    assert first.mask.tobytes() == again.mask.tobytes()
    assert first.image.tobytes() != other.image.tobytes()


@pytest.mark.parametrize("edit", EDITS)
def test_the_original_is_left_as_it_was(edit):
    base, donor = picture(seed=1), picture(seed=2)
    before = base.tobytes(), donor.tobytes()
    render(edit, base, donor, 3)
    assert (base.tobytes(), donor.tobytes()) == before


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_even_a_plain_picture_is_truly_altered(edit, level):
    plain = Image.new("RGB", (128, 96), (level,) * 3)
    made = render(edit, plain, plain, 1)
    mask = np.asarray(made.mask) > 0
    assert mask.mean() >= 0.005
    assert np.abs(pixels(made.image) - level).max(axis=2)[mask].mean() >= 0.8


def test_a_moved_piece_is_found_elsewhere_in_the_picture():
    """Some copies are neither turned nor processed: their pixels lie at one displacement, outside of the mask."""
    found = 0
    for seed in range(30):
        base = picture(192, 192, seed=7)
        made = render("copy_move", base, None, seed)
        mask = np.asarray(made.mask) > 0
        found += _displaced(pixels(base), pixels(made.image), mask)
    assert found >= 3


def _displaced(base: np.ndarray, made: np.ndarray, mask: np.ndarray) -> bool:
    inner = np.argwhere(mask)
    middle = inner[len(inner) // 2]
    block = made[middle[0] - 3 : middle[0] + 4, middle[1] - 3 : middle[1] + 4]
    if block.shape != (7, 7, 3):
        return False
    views = np.lib.stride_tricks.sliding_window_view(base, (7, 7, 3))[:, :, 0]
    where = np.argwhere((np.abs(views - block).reshape(*views.shape[:2], -1).max(axis=2)) == 0)
    return len(where) == 1 and not mask[where[0][0] + 3, where[0][1] + 3]


def test_a_splice_shows_its_donor():
    """Recoloured to its surroundings and cloned seamlessly, half of the pieces lose the donor's colour by design."""
    base, donor = Image.new("RGB", (128, 128), (20, 40, 90)), np.array(picture(128, 128, seed=3))
    donor[..., 0] = 155 + donor[..., 0] // 3
    redder = [_mean_red(render("splice", base, Image.fromarray(donor), seed)) > 60 for seed in range(40)]
    assert sum(redder) >= 12


def _mean_red(made: Edited) -> float:
    return pixels(made.image)[np.asarray(made.mask) > 0][:, 0].mean()


def test_it_refuses_an_unknown_edit_and_names_those_there_are():
    with pytest.raises(EditRefused, match="removal"):
        render("invert", picture(), None, 0)


def test_it_refuses_a_picture_below_64_pixels():
    with pytest.raises(EditRefused, match="63"):
        render("blur", picture(63, 200), None, 0)


def test_it_refuses_a_splice_without_a_donor():
    with pytest.raises(EditRefused, match="donor"):
        render("splice", picture(), None, 0)


def test_grey_and_transparent_pictures_become_rgb():
    for mode in ("L", "RGBA", "P"):
        assert render("noise", picture().convert(mode), None, 0).image.mode == "RGB"


def test_the_membrane_over_a_slope_is_the_slope():
    slope = np.indices((40, 50)).sum(axis=0).astype(np.float32)[..., None]
    hole = np.zeros((40, 50), bool)
    hole[10:30, 15:35] = True
    filled = blending.membrane(np.where(hole[..., None], np.float32(0), slope), hole)
    assert np.abs(filled - slope).max() < 2
    assert np.array_equal(filled[~hole], slope[~hole])


def test_seamless_cloning_takes_colour_from_the_edge_and_texture_from_the_piece():
    texture = 10 * np.random.default_rng(0).standard_normal((40, 40, 3)).astype(np.float32)
    target = np.full((40, 40, 3), 60, np.float32)
    mask = np.zeros((40, 40), bool)
    mask[10:30, 10:30] = True
    result = blending.cloned(target, 200 + texture, mask)
    assert abs(result[mask].mean() - 60) < 5
    inner = slice(14, 26), slice(14, 26)
    assert np.corrcoef(result[inner].ravel(), texture[inner].ravel())[0, 1] > 0.9
    assert np.array_equal(result[~mask], target[~mask])


def test_a_soft_edge_stays_inside_of_its_mask():
    mask = np.zeros((50, 50), bool)
    mask[10:40, 10:40] = True
    weights = blending.soft(mask, 4)
    assert weights[~mask].max() == 0
    assert weights[25, 25] == 1
    assert 0 <= weights[10, 25] < 0.5 < weights[18, 25]
