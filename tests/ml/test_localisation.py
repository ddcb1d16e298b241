"""How a map is compared with a mask, on squares whose overlap can be counted."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from ml import data, localisation
from ml.predict import Predictions
from tests.factories import picture
from tests.ml.making import as_bytes, record


def square(left, right, edge=100, value=1.0):
    """A map that is `value` between two columns and nothing elsewhere."""
    made = np.zeros((edge, edge), np.float32)
    made[:, left:right] = value
    return made


def mask(left, right, edge=100):
    return Image.fromarray((square(left, right, edge) * 255).astype(np.uint8))


def test_half_an_overlap_counts_as_such():
    found = localisation.overlap(square(0, 40), mask(20, 60))
    assert (found.both, found.marked_only, found.altered_only) == (2000, 2000, 2000)
    assert found.f1 == pytest.approx(0.5)
    assert found.iou == pytest.approx(1 / 3)
    assert found.marked == pytest.approx(0.4)


def test_a_coarse_map_is_laid_over_the_whole_picture():
    coarse = np.array([[0.0, 1.0]] * 2, dtype=np.float32)
    found = localisation.overlap(coarse, mask(50, 100))
    assert found.f1 > 0.95


def test_a_large_mask_is_made_smaller_and_keeps_its_shape():
    tall = Image.new("L", (300, 1200), 255)
    found = localisation.overlap(np.ones((8, 8), np.float32), tall)
    assert found.both == 64 * 256
    assert found.f1 == 1


def test_without_a_mask_all_that_is_marked_is_wrong():
    found = localisation.overlap(square(0, 25), None)
    assert (found.both, found.altered_only, found.f1) == (0, 0, 0)
    assert found.marked == pytest.approx(0.25)
    assert localisation.pixel_auc([found]) is None


def test_the_auc_over_pixels_does_not_need_a_threshold():
    faint = localisation.overlap(square(20, 60, value=0.3), mask(20, 60))
    assert faint.f1 == 0
    assert localisation.pixel_auc([faint]) == pytest.approx(1)
    blind = localisation.overlap(np.full((4, 4), 0.7, np.float32), mask(20, 60))
    assert localisation.pixel_auc([blind]) == pytest.approx(0.5)


@pytest.fixture
def records(tmp_path):
    """Two altered pictures with masks, one photograph, and one altered picture whose mask nobody knows."""
    made = []
    for number, (label, masked) in enumerate(
        [("manipulated", 1), ("manipulated", 1), ("authentic", 0), ("manipulated", 0)]
    ):
        path = tmp_path / f"{number}.png"
        path.write_bytes(as_bytes(picture(100, 100, seed=number), "PNG"))
        mask(50, 100).save(tmp_path / "mask.png")
        changes = {"mask": str(tmp_path / "mask.png")} if masked else {}
        made.append(record(path=str(path), label=label, sha256=f"{number:064x}", group=str(number), **changes))
    return made


class Marker:
    """Stands for a model that marks the right half of everything."""

    size = 64

    def __init__(self, maps):
        self.maps = maps

    def __call__(self, records, what, journey=None):
        return Predictions(records, np.zeros((len(records), 5, 3), np.float32), self.maps)


def test_masks_are_measured_by_source_and_photographs_beside_them(records):
    maps = np.repeat(square(50, 100)[None], 4, axis=0)
    found = localisation.measure(Marker(maps), {"test": records})["test"]["made"]
    assert found["images"] == 2  # the one without a known mask is no witness
    assert found["f1"] == found["iou"] == 1
    assert found["pixel_auc"] == pytest.approx(1)
    assert found["marked_on_photographs"] == pytest.approx(0.5)


def test_a_model_that_marks_nothing_or_a_set_without_masks_has_no_such_figures(records):
    assert localisation.measure(Marker(None), {"test": records}) == {}
    bare = [dataclasses.replace(one, mask="") for one in records]
    assert localisation.measure(Marker(np.zeros((4, 8, 8), np.float32)), {"test": bare}) == {}


def test_what_was_predicted_survives_the_way_to_disk_and_back(records, tmp_path):
    from ml import passes

    maps = np.random.default_rng(0).random((4, 8, 8)).astype(np.float32)
    features = np.ones((4, 3), np.float32)
    before = Predictions(records, np.ones((4, 5, 3), np.float32), maps, features)
    passes._save(tmp_path / "kept.npz", before)
    after = passes._load(tmp_path / "kept.npz", records, None)
    assert [data.Record(**dataclasses.asdict(one)) for one in after.records] == records
    assert after.maps == pytest.approx(maps, abs=1e-3)
    assert np.array_equal(after.features, features)
    assert np.array_equal(after.logits, before.logits)
