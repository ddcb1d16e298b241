"""What happens to a picture on a journey, and what is counted at its end."""

import numpy as np
import pytest

from ml import config, journeys, robustness
from tests.factories import picture
from tests.ml.judging import judged
from tests.ml.making import record

SHA = "ab" * 32


@pytest.mark.parametrize("journey", journeys.CURVES, ids=lambda journey: journey.name)
def test_a_journey_changes_a_picture_and_always_in_the_same_way(journey):
    image = picture(120, 90)
    one, again = journey(image, SHA), journey(image, SHA)
    assert np.array_equal(np.asarray(one), np.asarray(again))
    assert one.mode == "RGB"
    assert one.size != image.size or not np.array_equal(np.asarray(one), np.asarray(image))


def test_every_journey_has_a_name_of_its_own():
    assert len({journey.name for journey in journeys.CURVES}) == len(journeys.CURVES)


def test_a_picture_is_judged_as_the_file_that_it_became():
    by_name = {journey.name: journey for journey in journeys.CURVES}
    before = record(width=400, height=300, jpeg_quality=90)
    saved, shrunk = (by_name[name].arrived(before, 200, 150) for name in ("jpeg 40", "scale 0.5"))
    assert (saved.width, saved.height, saved.jpeg_quality) == (200, 150, 40)
    assert shrunk.jpeg_quality is None
    assert journeys.degraded(config.Degradation(), 64).arrived(before, 200, 150) == before


def test_a_crop_keeps_shape_and_share():
    image = picture(200, 100)
    assert journeys.cropped(image, 0.25, np.random.default_rng(0)).size == (100, 50)


def test_a_screenshot_has_a_rim_and_no_whole_number_of_scale():
    image = picture(200, 100)
    sizes = {journeys.screenshot(image, 0.7, np.random.default_rng(seed)).size for seed in range(8)}
    assert len(sizes) > 4
    assert all(130 < width < 160 and 65 < height < 85 for width, height in sizes)


def test_three_kinds_of_flips_are_told_apart():
    before = judged([("authentic", score, {}) for score in (0.1, 0.1, 0.1, 0.1)])
    after = judged([("authentic", score, {}) for score in (0.1, 0.45, 0.55, 0.9)])
    assert robustness.flips(before, after) == {"contradicted": 0.25, "crossed": 0.5, "relabelled": 0.75}


def test_a_sample_takes_half_of_each_class_and_fills_up_where_one_is_rare():
    rows = [("authentic", "mixed")] * 50 + [("ai_generated", "mixed")] * 3 + [("authentic", "plain")] * 50
    records = [
        record(label=label, source=source, sha256=f"{number:064x}") for number, (label, source) in enumerate(rows)
    ]
    kept = [one for one, keep in zip(records, robustness.sample(records, 10), strict=True) if keep]
    count = {pair: sum((one.source, one.label) == pair for one in kept) for pair in {(b, a) for a, b in rows}}
    assert count == {("mixed", "authentic"): 7, ("mixed", "ai_generated"): 3, ("plain", "authentic"): 10}


def test_a_sample_does_not_depend_on_the_order_of_the_manifest():
    records = [record(sha256=f"{number:064x}") for number in range(40)]
    kept, turned = (
        {one.sha256 for one, keep in zip(rows, robustness.sample(rows, 8), strict=True) if keep}
        for rows in (records, records[::-1])
    )
    assert kept == turned
    assert len(kept) == 8
