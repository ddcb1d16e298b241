"""What is said of a set of images, on verdicts that are made to order."""

import numpy as np
import pytest

from ml import base_rates, comparison, figures, slices
from tests.ml.judging import THREE, judged, spread


def test_an_inconclusive_verdict_is_an_error_but_no_alarm():
    found = figures.figures(judged([("authentic", 0.1, {}), ("authentic", 0.55, {}), ("authentic", 0.9, {})]))
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["accuracy_at_threshold"] == pytest.approx(1 / 3)
    assert found["false_alarms"]["hits"] == 1
    assert found["false_alarms_at_threshold"]["hits"] == 2
    assert found["inconclusive"] == pytest.approx(1 / 3)
    assert "auc" not in found


def test_the_confusion_has_a_column_for_what_was_not_called():
    rows = [
        ("authentic", (0.9, 0.05, 0.05), {}),
        ("ai_generated", (0.1, 0.2, 0.7), {}),
        ("manipulated", (0.5, 0.1, 0.4), {}),
        ("manipulated", (0.1, 0.1, 0.8), {}),
    ]
    found = figures.figures(judged(rows, classes=THREE))
    assert found["confusion"]["manipulated"] == {
        "authentic": 0, "ai_generated": 0, "manipulated": 1, "inconclusive": 1
    }  # fmt: skip
    assert found["confusion"]["ai_generated"]["manipulated"] == 1
    assert (found["right_kind"]["hits"], found["right_kind"]["of"]) == (1, 2)
    assert found["found"]["hits"] == 2


def test_what_is_of_a_kind_that_was_not_tested_is_counted_by_itself():
    found = figures.figures(judged([("authentic", 0.1, {}), ("authentic", 0.1, {"width": 10}), ("authentic", 0.5, {})]))
    assert found["outside"]["hits"] == 1
    assert found["inconclusive"] == pytest.approx(2 / 3)


def test_each_source_stands_by_itself_and_all_come_last():
    rows = [(label, score, {"source": source}) for source in "ab" for label, score in FOUR]
    found = figures.by_source(judged(rows))
    assert list(found) == ["a", "b", "all"]
    assert found["all"]["images"] == 8


FOUR = [("authentic", 0.1), ("authentic", 0.7), ("ai_generated", 0.9), ("ai_generated", 0.3)]


def test_every_figure_of_merit_lies_within_its_interval():
    found = figures.figures(spread())
    for name in ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "auc", "average_precision"):
        low, high = found[f"{name}_interval"]
        assert low < found[name] < high, name


def test_a_share_of_frames_is_as_sure_as_its_videos_are_many():
    flags = np.repeat([True, False, False, False], 25)
    alone, grouped = (figures.share(flags, groups) for groups in (np.arange(100), np.repeat(np.arange(4), 25)))
    assert alone["hits"] == grouped["hits"] == 25
    assert grouped["interval"][1] - grouped["interval"][0] > 2 * (alone["interval"][1] - alone["interval"][0])


def test_no_alarm_in_few_videos_proves_less_than_none_in_as_many_photographs():
    flags = np.zeros(100, dtype=bool)
    alone, grouped = (figures.share(flags, groups)["interval"] for groups in (np.arange(100), np.arange(100) // 25))
    assert alone[0] == grouped[0] == 0
    assert alone[1] < 0.05 < 0.3 < grouped[1]


def test_one_picture_that_is_called_right_proves_little():
    found = figures.figures(judged([("authentic", 0.1, {})]))
    assert found["accuracy"] == 1
    assert found["accuracy_interval"][0] < 0.3


def test_calibration_is_judged_in_the_queue_that_was_stated():
    """Scores that are true where fakes are as many as photographs look too low in a set of nine fakes to one."""
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(4000):
        score = float(rng.random())
        fake = rng.random() < score
        if fake or rng.random() < 1 / 9:
            rows.append(("ai_generated" if fake else "authentic", score, {}))
    found = figures.figures(judged(rows))
    assert found["calibration_error_at_prior"] < 0.05 < 0.15 < found["calibration_error"]
    bins = figures.reliability(judged(rows))
    assert sum(row["weight"] for row in bins) == pytest.approx(1)
    assert all(abs(row["stated"] - row["true"]) < 0.2 for row in bins)


def test_two_evaluations_know_whether_they_speak_of_the_same_images():
    one, other = spread(10), spread(10, seed=1)
    assert one.digest() == other.digest()  # other scores, the same images
    assert one.digest() != one.only(np.arange(10) > 0).digest()


def test_precision_falls_with_the_share_of_fakes():
    alarms = base_rates.measure({"test": spread(), "test_degraded": spread(seed=1)})["test"]
    values = [alarms["precision"][name]["value"] for name in ("0.01", "0.05", "0.2", "0.5")]
    assert values == sorted(values)
    found, false = alarms["found"]["value"], alarms["false_alarms"]["value"]
    assert values[0] == pytest.approx(0.01 * found / (0.01 * found + 0.99 * false))
    low, high = alarms["precision"]["0.05"]["interval"]
    assert low < alarms["precision"]["0.05"]["value"] < high


def test_the_alarms_on_photographs_never_trained_on_set_the_price_of_an_alarm():
    bad = judged([("authentic", 0.9, {"source": "phone"})] * 60)
    good = judged([("authentic", 0.1, {"source": "studio"})] * 60 + [("ai_generated", 0.9, {"source": "studio"})] * 60)
    found = base_rates.measure({"never_trained": bad, "test": good, "test_degraded": good})
    assert found["test"]["precision"]["0.01"]["value"] == 1
    assert found["never_trained"]["precision"]["0.01"]["value"] == pytest.approx(0.01)
    assert found["worst_source"]["source"] == "phone"


def test_slices_cut_by_size_by_file_and_by_the_sources_of_faces():
    rows = [
        ("authentic", 0.1, {"width": 200, "height": 900, "jpeg_quality": 60}),
        ("ai_generated", 0.9, {"width": 2000, "height": 1500, "jpeg_quality": 95}),
        ("ai_generated", 0.9, {"width": 600, "height": 600, "jpeg_quality": None, "source": "portraits"}),
    ]
    found = slices.measure(judged(rows), faces=["portraits"])
    assert list(found["short edge, pixels"]) == ["below 256", "512 to 1023", "1024 and above"]
    assert list(found["file"]) == ["JPEG below 75", "JPEG 90 and above", "no JPEG"]
    assert found["subject"]["faces"]["images"] == 1
    assert "subject" not in slices.measure(judged(rows), faces=[])


def test_a_difference_on_the_same_images_is_surer_than_either_figure():
    own = spread(600, apart=1.2)
    other = judged(
        [
            (record.label, float(np.clip(score + (0.05 if record.label == "authentic" else -0.05), 0, 1)), {})
            for record, score in zip(own.records, own.score, strict=True)
        ]
    )
    found = comparison.measure({"test": own}, {"test": other})["difference"]["test"]["made"]["auc"]
    low, high = figures.figures(own)["auc_interval"]
    assert 0 < found["interval"][0] < found["value"] < found["interval"][1]
    assert found["interval"][1] - found["interval"][0] < (high - low) / 2
