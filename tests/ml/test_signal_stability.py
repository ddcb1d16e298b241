"""Stability: a verdict that rests on the finest traces turns round, one that does not holds."""

import json

import numpy as np
import pytest
from PIL import Image

from ml.evidence import stability
from ml.evidence.subject import NotApplicable, Opinion, Subject
from ml.images import ImageFacts
from tests.factories import picture
from tests.ml.making import fake_picture


def subject(image, judge):
    return Subject(b"", ImageFacts("PNG", "image/png", "png", image.width, image.height, 1, 0), image, judge)


def opinion(fake, label=None):
    return Opinion(label or ("ai_generated" if fake > 0.5 else "authentic"), fake, None, None)


def by_checkerboard(image):
    """As a detector that reads the finest trace alone: the share of the highest frequency."""
    grey = np.asarray(image.convert("L"), float)
    board = 1 - 2 * (np.indices(grey.shape).sum(axis=0) % 2)
    return opinion(0.95 if abs((grey * board).mean()) > 4 else 0.05)


def by_name(labels):
    """Answers in the order of asking: the picture itself first, then the variants."""
    answers = iter(labels)
    return lambda image: opinion(0.5, next(answers))


def test_a_verdict_that_rests_on_a_trace_lost_by_blur_turns_round():
    (finding,) = stability.examine(subject(fake_picture(200, 160), by_checkerboard))
    assert finding.stance == "silent"
    assert "half_size" in finding.details["flips"]
    assert "blurred" in finding.details["flips"]
    assert finding.details["spread"] == pytest.approx(0.9)
    assert "cannot be relied on" in finding.summary
    assert "made half as large" in finding.summary


def test_a_verdict_that_does_not_depend_on_small_changes_holds():
    (finding,) = stability.examine(subject(picture(200, 160), by_checkerboard))
    assert finding.details["flips"] == []
    assert finding.details["spread"] == 0
    assert finding.summary.startswith("The verdict held under 6 small changes")
    assert json.loads(json.dumps(dict(finding.details)))["variants"]["jpeg_70"]["label"] == "authentic"


def test_without_a_model_there_is_nothing_to_test():
    with pytest.raises(NotApplicable, match="no model"):
        stability.examine(subject(picture(64, 64), None))


def test_an_inconclusive_variant_turns_nothing_round_but_is_counted():
    labels = ["authentic", *["inconclusive"] * 2, *["authentic"] * 4]
    (finding,) = stability.examine(subject(picture(64, 64), by_name(labels)))
    assert finding.details["flips"] == []
    assert "2 of 6 left it open" in finding.summary


def test_one_kind_of_fake_for_another_is_no_turn():
    labels = ["manipulated", *["ai_generated"] * 6]
    (finding,) = stability.examine(subject(picture(64, 64), by_name(labels)))
    assert finding.details["flips"] == []


def test_variants_of_an_inconclusive_picture_can_contradict_each_other():
    labels = ["inconclusive", "manipulated", *["authentic"] * 5]
    (finding,) = stability.examine(subject(picture(64, 64), by_name(labels)))
    assert finding.details["flips"] == ["jpeg_90"]


def test_every_variant_changes_the_picture_and_little_of_it():
    image = picture(400, 300)
    for variant in stability.VARIANTS:
        made = variant.make(image)
        assert made.mode == "RGB"
        alike = np.asarray(made.resize((40, 30), Image.Resampling.BOX), int)
        assert np.abs(alike - np.asarray(image.resize((40, 30), Image.Resampling.BOX), int)).mean() < 25, variant.name
        assert made.size != image.size or not np.array_equal(np.asarray(made), np.asarray(image)), variant.name


def test_a_large_picture_is_made_smaller_before_it_is_changed():
    assert stability.reduced(Image.new("RGB", (4000, 3000))).size == (1000, 750)
    assert stability.reduced(Image.new("RGB", (1500, 1100))).size == (1500, 1100)
