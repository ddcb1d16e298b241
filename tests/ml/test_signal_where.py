"""Where: the model's map on the photograph, as evidence only under the verdict that it belongs to."""

import io

import numpy as np
import pytest
from PIL import Image

from ml.evidence import where
from ml.evidence.subject import NotApplicable, Opinion, Subject
from ml.images import ImageFacts
from tests.factories import picture

SPOT = np.full((16, 16), 0.1)
SPOT[4:8, 10:14] = 0.9


def subject(altered, label="manipulated", size=(320, 240), **changes):
    image = picture(*size)
    answer = Opinion(label, 0.9, None, None if altered is None else np.asarray(altered).tolist(), **changes)
    return Subject(b"", ImageFacts("PNG", "image/png", "png", *size, 1, 0), image, lambda image: answer)


def test_a_marked_place_of_a_manipulated_photograph_supports_a_fake():
    (finding,) = where.examine(subject(SPOT))
    assert finding.stance == "supports_fake"
    (box,) = finding.details["boxes"]
    assert box == pytest.approx([200, 60, 280, 120], abs=8)
    assert finding.details["share"] == pytest.approx(16 / 256, rel=0.2)
    assert "one place" in finding.summary


def test_the_map_is_drawn_at_the_size_of_the_picture_over_the_marked_place():
    (finding,) = where.examine(subject(SPOT))
    with Image.open(io.BytesIO(finding.picture)) as opened:
        drawn = np.asarray(opened.convert("RGB"), int)
    assert drawn.shape == (240, 320, 3)
    redness = drawn[..., 0] - drawn[..., 2]
    assert redness[70:110, 210:270].mean() > 3 * redness[150:, :150].mean()


def test_under_another_verdict_the_map_is_shown_and_counts_for_nothing():
    (finding,) = where.examine(subject(SPOT, "authentic"))
    assert finding.stance == "silent"
    assert finding.picture
    assert "counts for nothing" in finding.summary


def test_a_map_without_a_place_above_the_threshold_is_silent():
    (finding,) = where.examine(subject(np.full((16, 16), 0.49)))
    assert (finding.stance, finding.details["boxes"], finding.details["share"]) == ("silent", [], 0)
    assert finding.picture is None


def test_the_threshold_is_the_models_own():
    (finding,) = where.examine(subject(SPOT, altered_from=0.95))
    assert (finding.stance, finding.details["threshold"]) == ("silent", 0.95)


def test_two_places_are_told_apart_the_larger_first():
    values = np.zeros((16, 16))
    values[1:3, 1:3], values[8:14, 8:14] = 1, 1
    (finding,) = where.examine(subject(values, size=(160, 160)))
    first, second = finding.details["boxes"]
    assert first[0] > second[2]
    assert "2 places" in finding.summary


@pytest.mark.parametrize("size", [(2000, 20), (20, 2000), (3, 3)])
def test_any_size_is_answered(size):
    (finding,) = where.examine(subject(SPOT, size=size))
    assert all(0 <= edge <= max(size) for box in finding.details["boxes"] for edge in box)


def test_it_does_not_apply_to_a_model_that_never_learned_where():
    with pytest.raises(NotApplicable, match="did not learn"):
        where.examine(subject(None))


def test_it_does_not_apply_without_a_model():
    with pytest.raises(NotApplicable, match="no model"):
        where.examine(Subject(b"", ImageFacts("PNG", "image/png", "png", 8, 8, 1, 0), picture(8, 8)))
