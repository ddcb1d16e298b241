"""Which model may take the place of the one in service, judged from two cards."""

import copy
import json

import pytest

from ml import registry
from ml.promotion import objections, wilson


def share(hits: int, images: int) -> dict:
    value, low, high = wilson(hits / images, images)
    return {"value": value, "interval": [low, high], "hits": hits, "of": images}


def photographs(alarms: int, images: int = 1000) -> dict:
    return {"images": images, "false_alarms": share(alarms, images), "accuracy": 1 - alarms / images}


def card(version: str = "2026.11.1", data: str = "d1", **parts) -> dict:
    return {"version": version, "data": {"sha256": data}, "metrics": parts}


def after(candidate: dict, served: dict) -> list[str]:
    return objections({**candidate, "version": "2026.11.2"}, served)


@pytest.fixture
def shipped():
    return json.loads((registry.shipped() / "card.json").read_text())


def test_nothing_is_against_the_first_model():
    assert objections(card(never_trained={"phones": photographs(900)}), None) == []


def test_nothing_is_against_the_model_that_serves_already(shipped):
    assert objections(shipped, shipped) == []


def test_nothing_is_against_a_model_with_the_same_figures(shipped):
    assert after(shipped, shipped) == []


def test_false_alarms_that_grew_are_told_with_both_figures():
    served, candidate = (card(never_trained={"phones": photographs(n)}) for n in (20, 60))
    told = after(candidate, served)
    assert told[0] == (
        "False alarms on phones (never trained on) grew from 2.0 % (95 % interval 1.3 % to 3.1 %) "
        "to 6.0 % (95 % interval 4.7 % to 7.6 %)."
    )


def test_a_change_within_the_interval_is_none():
    served, candidate = (card(never_trained={"phones": photographs(n)}) for n in (20, 27))
    assert after(candidate, served) == []


def test_a_better_model_meets_no_objection():
    served, candidate = (card(never_trained={"phones": photographs(n)}) for n in (60, 20))
    assert after(candidate, served) == []


def test_false_alarms_come_before_everything_else_and_untouched_photographs_before_other_images():
    fakes = {"images": 900, "missed": share(10, 900), "auc": 0.99, "auc_interval": [0.98, 0.995]}
    worse = {"images": 900, "missed": share(90, 900), "auc": 0.9, "auc_interval": [0.88, 0.92]}
    served = card(test={"a": photographs(10), "b": fakes}, never_trained={"phones": photographs(20)})
    candidate = card(test={"a": photographs(90), "b": worse}, never_trained={"phones": photographs(90)})
    told = [" ".join(sentence.split()[:4]) for sentence in after(candidate, served)]
    assert told[:3] == ["False alarms on phones", "False alarms on a", "Accuracy on phones (never"]
    assert told[3:] == ["Accuracy on a (test", "Missed fakes on b", "AUC on b (test"]


@pytest.mark.parametrize(
    ("key", "before", "then", "words"),
    [
        ("auc", 0.98, 0.9, "AUC on faces (test images) fell from 0.980"),
        ("balanced_accuracy", 0.95, 0.85, "Balanced accuracy on faces (test images) fell from 95.0 %"),
    ],
)
def test_each_figure_with_an_interval_is_compared(key, before, then, words):
    rows = [{"images": 500, key: value, f"{key}_interval": [value - 0.02, value + 0.02]} for value in (before, then)]
    (told,) = after(card(test={"faces": rows[1]}), card(test={"faces": rows[0]}))
    assert told.startswith(words)
    assert after(card(test={"faces": rows[0]}), card(test={"faces": rows[1]})) == []


def test_abstaining_from_every_verdict_does_not_pay():
    served = card(test={"a": photographs(50)})
    candidate = card(test={"a": {"images": 1000, "false_alarms": share(0, 1000), "accuracy": 0.0}})
    assert [sentence.split(" on ")[0] for sentence in after(candidate, served)] == ["Accuracy"]


def test_a_perfect_bootstrap_interval_does_not_forbid_one_slip():
    served = card(test={"faces": {"images": 100, "auc": 1.0, "auc_interval": [1.0, 1.0]}})
    candidate = card(test={"faces": {"images": 100, "auc": 0.9995, "auc_interval": [0.998, 1.0]}})
    assert after(candidate, served) == []


def test_a_model_without_a_common_set_was_never_compared():
    (told,) = after(card(test={"b": photographs(1)}), card(test={"a": photographs(1)}))
    assert "never compared with 2026.11.1 on any set" in told


@pytest.mark.parametrize("empty", [{}, {"metrics": None}, {"metrics": {"test": {"a": None}}}, {"metrics": []}])
def test_a_card_without_figures_is_an_objection_and_no_error(shipped, empty):
    assert "never compared" in after(empty, shipped)[0]
    assert "never compared" in objections(shipped, {**empty, "version": "1"})[0]


def test_figures_that_are_no_numbers_are_passed_over():
    row = {"images": 500, "auc": float("nan"), "auc_interval": [0.1, 0.2], "accuracy": 0.9}
    good = row | {"auc": 0.99, "auc_interval": [0.98, 1.0]}
    assert after(card(test={"a": row}), card(test={"a": good})) == []


def test_leaving_out_the_untouched_photographs_is_an_objection():
    served = card(test={"a": photographs(5)}, never_trained={"phones": photographs(5)})
    (told,) = after(card(test={"a": photographs(5)}), served)
    assert told.endswith("were not compared: measure it on phones too.")


def test_on_different_images_chance_on_both_sides_is_allowed_for():
    served = card(test={"a": photographs(20)})
    assert after(card(test={"a": photographs(32)}), served) != []
    assert after(card(data="d2", test={"a": photographs(32)}), served) == []
    (alarms, accuracy) = after(card(data="d2", test={"a": photographs(64, images=900)}), served)
    assert alarms.endswith("on 1000 and 900 images that may differ.")
    assert accuracy.startswith("Accuracy")


def test_the_digest_of_a_set_decides_whether_the_images_are_the_same():
    rows = [photographs(n) | {"sha256": "s1"} for n in (20, 60)]
    told = after(card(data="d2", test={"a": rows[1]}), card(test={"a": rows[0]}))
    assert "may differ" not in told[0]
    rows[1]["sha256"] = "s2"
    assert "may differ" in after(card(test={"a": rows[1]}), card(test={"a": rows[0]}))[0]


def test_totals_over_different_images_are_not_compared():
    parts = [{"a": photographs(10), "all": photographs(n)} for n in (10, 500)]
    assert after(card(data="d2", test=parts[1]), card(test=parts[0])) == []
    assert "all sources" in after(card(test=parts[1]), card(test=parts[0]))[0]


def test_a_fresh_comparison_side_by_side_comes_before_the_served_card():
    served = card(test={"a": photographs(1)})
    candidate = card(data="d2", test={"a": photographs(60, images=2000)})
    assert after(candidate, served) != []
    candidate["metrics"]["against"] = {"2026.11.1": {"test": {"a": photographs(80, images=2000)}}}
    assert after(candidate, served) == []
    candidate["metrics"]["against"]["2026.11.1"]["test"]["a"] = photographs(20, images=2000)
    assert "may differ" not in after(candidate, served)[0]


@pytest.mark.parametrize(("interval", "refused"), [([0.001, 0.009], True), ([-0.001, 0.011], False)])
def test_a_difference_that_was_resampled_side_by_side_decides(interval, refused):
    served = card(test={"a": photographs(20, images=2000)})
    candidate = card(test={"a": photographs(30, images=2000)})
    drawn = {"a": {"false_alarms": {"value": 0.005, "interval": interval}}}
    again = {"test": served["metrics"]["test"], "difference": {"test": drawn}}
    candidate["metrics"]["against"] = {"2026.11.1": again}
    told = [sentence for sentence in after(candidate, served) if sentence.startswith("False alarms")]
    assert bool(told) is refused


def test_less_is_worse_for_a_difference_of_auc():
    row = {"images": 500, "auc": 0.95, "auc_interval": [0.93, 0.97]}
    served, candidate = card(test={"a": row}), card(test={"a": row | {"auc": 0.94}})
    for interval, refused in (([-0.015, -0.005], True), ([0.005, 0.015], False)):
        drawn = {"a": {"auc": {"value": 0.0, "interval": interval}}}
        candidate["metrics"]["against"] = {"2026.11.1": {"test": {"a": row}, "difference": {"test": drawn}}}
        assert bool(after(candidate, served)) is refused


def test_degraded_copies_are_never_taken_for_the_same_and_other_degradations_are_not_compared():
    parts = [{"a": photographs(n) | {"sha256": "s1"}} for n in (20, 60)]
    served, candidate = (card(test_degraded=part) for part in parts)
    served["experiment"] = candidate["experiment"] = {"degradation": {"jpeg": 0.5}}
    assert "degraded test images" in after(candidate, served)[0]
    assert "may differ" in after(candidate, served)[0]
    candidate["experiment"] = {"degradation": {"jpeg": 0.9}}
    assert "never compared" in after(candidate, served)[0]
    candidate["metrics"]["against"] = {"2026.11.1": {"test_degraded": parts[0]}}
    assert "degraded test images" in after(candidate, served)[0]
    assert "may differ" not in after(candidate, served)[0]


def test_the_model_that_ships_with_doubled_false_alarms_is_refused(shipped):
    worse = copy.deepcopy(shipped)
    alarms = shipped["metrics"]["test"]["all"]["false_alarms"]
    worse["metrics"]["test"]["all"]["false_alarms"] = share(2 * alarms["hits"], alarms["of"])
    (told,) = after(worse, shipped)
    assert told.startswith(
        f"False alarms on all sources (test images) grew from {alarms['value']:.1%}".replace("%", " %")
    )
