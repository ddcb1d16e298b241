"""Confirmed mistakes as a test: read, measured with the model that ships, told, and weighed at a promotion."""

import csv
import json

import pytest
from django.core.management import CommandError, call_command

from ml import card_text, cards, data, evaluate, registry, regression
from ml.data import SourceRefused
from ml.evaluate import Asked
from ml.promotion import objections
from tests.ml.judging import judged
from tests.ml.making import as_bytes, fake_picture, record, records_of, write_source
from tests.ml.test_evaluate import FIRST, make_run

LABELS = ("authentic", "ai_generated", "ai_generated")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mistaken")


@pytest.fixture(scope="module")
def manifest(folder):
    data.write(folder / "m.jsonl", records_of(write_source(folder / "made", count=40), FIRST))
    return folder / "m.jsonl"


@pytest.fixture(scope="module")
def listed(folder):
    """Three mistakes; the last has no key of its own."""
    rows = []
    for number, label in enumerate(LABELS):
        (folder / f"{number}.jpg").write_bytes(as_bytes(fake_picture(300, 260, seed=number)))
        rows.append({"path": f"{number}.jpg", "label": label, "key": f"key{number}" if number < 2 else ""})
    with (folder / "mistakes.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["path", "label", "key"])
        writer.writeheader()
        writer.writerows(rows)
    return folder / "mistakes.csv"


@pytest.fixture(scope="module")
def measured(folder, manifest, listed):
    """A run beside the very model that it holds."""
    run = make_run(folder / "run")
    asked = Asked(robustness=0, against=[registry.shipped()], regression=listed)
    return run, evaluate.evaluate(run, manifest, asked, log=lambda line: None)


def test_a_list_gives_pictures_with_their_keys_and_without_one_a_part_of_the_digest(listed):
    mistakes = regression.read(listed)
    assert [one.record.label for one in mistakes] == list(LABELS)
    assert [one.key for one in mistakes] == ["key0", "key1", mistakes[2].record.sha256[:16]]


def test_a_picture_that_is_gone_or_another_is_told(listed, tmp_path):
    rows = tmp_path / "m.jsonl"
    rows.write_text(json.dumps({"path": "gone.jpg", "label": "authentic"}) + "\n")
    with pytest.raises(SourceRefused, match=r"gone\.jpg cannot be read .* export the regression set again"):
        regression.read(rows)
    other = {"path": str(listed.parent / "0.jpg"), "label": "authentic", "sha256": "0" * 64}
    rows.write_text(json.dumps(other) + "\n")
    with pytest.raises(SourceRefused, match="is not the picture that the list describes"):
        regression.read(rows)


def test_what_is_no_list_is_refused(tmp_path):
    with pytest.raises(SourceRefused, match=r"is no \.csv or \.jsonl file"):
        regression.read(tmp_path)


def test_each_mistake_is_right_wrong_or_inconclusive_now(measured):
    _, report = measured
    found = report["regression"]
    assert found["images"] == 3
    assert sum(found["all"].values()) == 3
    assert set(found["outcomes"].values()) <= set(regression.OUTCOMES)
    assert {label: sum(counts.values()) for label, counts in found["by_label"].items()} == {
        "authentic": 1, "ai_generated": 2,
    }  # fmt: skip
    assert found["trained_on"] == 0


def test_the_model_in_service_is_tested_on_the_same_pictures(measured):
    _, report = measured
    (other,) = report["regression"]["against"].values()
    assert other["outcomes"].keys() == report["regression"]["outcomes"].keys()


def test_an_outcome_is_by_the_label_and_not_by_the_side():
    assert regression._outcome("manipulated", "ai_generated") == "wrong"
    assert regression._outcome("manipulated", "manipulated") == "right"
    assert regression._outcome("inconclusive", "manipulated") == "inconclusive"


def test_a_picture_that_was_learned_from_is_counted():
    mistakes = [regression.Mistake("a", record(sha256="1" * 64)), regression.Mistake("b", record(sha256="2" * 64))]

    class Knowing:
        name = "knowing"

        def judged(self, records, what):
            return judged([("authentic", 0.1, {"sha256": one.sha256}) for one in records])

    found = regression.measure(Knowing(), [], mistakes, [record(sha256="2" * 64)])
    assert (found["trained_on"], found["all"]) == (1, {"right": 2, "wrong": 0, "inconclusive": 0})


def test_an_empty_set_is_told_as_one(tmp_path):
    assert regression.measure(None, [], [], [])["all"] == {"right": 0, "wrong": 0, "inconclusive": 0}


def test_page_and_card_have_a_section_of_their_own(measured):
    run, _ = measured
    page = (run / "evaluation.html").read_text()
    assert '<section id="mistakes"><h2>Confirmed mistakes</h2>' in page
    text = card_text.render({**cards.compose(run), "version": "2026.1.1", "files": {}})
    assert "## Confirmed mistakes" in text
    assert "| authentic | 1 |" in text
    assert "None of them was among the images" in text


def test_the_command_says_how_many(folder, manifest, listed, capsys):
    run = make_run(folder / "by-command")
    words = ["--data", str(manifest), "--robustness", "0", "--regression"]
    call_command("evaluate_model", str(run), *words, str(listed))
    assert "3 confirmed mistakes: " in capsys.readouterr().out
    with pytest.raises(CommandError, match=r"is no \.csv or \.jsonl file"):
        call_command("evaluate_model", str(run), *words, str(folder))


def card(version="2026.1.1", against=None, **outcomes):
    found = {"images": len(outcomes), "outcomes": outcomes}
    found |= {"against": {name: {"outcomes": other} for name, other in (against or {}).items()}}
    rows = {"phones": {"images": 100, "false_alarms": {"value": 0.1, "interval": [0.05, 0.2]}}}
    return {"version": version, "metrics": {"never_trained": rows, "regression": found}}


def after(candidate, served):
    return objections(candidate | {"version": "2026.1.2"}, served)


def test_a_model_that_fails_no_more_of_them_meets_no_objection():
    assert after(card(a="right", b="wrong"), card(a="wrong", b="right")) == []
    assert after(card(a="inconclusive"), card(a="wrong")) == []


def test_a_model_that_fails_more_is_objected_to():
    told = after(card(a="right", b="wrong", c="wrong"), card(a="right", b="right", c="wrong"))
    assert told == [
        "Of 3 confirmed mistakes it gets wrong 2, and 2026.1.1 1.",
        "Of 3 confirmed mistakes it does not get right 2, and 2026.1.1 1.",
    ]


def test_what_became_inconclusive_is_no_success():
    told = after(card(a="inconclusive"), card(a="right"))
    assert told == ["Of 1 confirmed mistakes it does not get right 1, and 2026.1.1 0."]


def test_only_mistakes_that_both_were_tested_on_count():
    assert after(card(a="wrong", b="right"), card(b="wrong", c="right")) == []


def test_a_test_side_by_side_comes_before_the_served_models_own():
    beside = {"2026.1.1": {"a": "right", "b": "right"}}
    told = after(card(against=beside, a="right", b="wrong"), card(a="wrong", b="wrong"))
    assert told[0] == "Of 2 confirmed mistakes it gets wrong 1, and 2026.1.1 0."


def test_mistakes_are_told_where_nothing_else_can_be_compared():
    candidate, served = card(a="wrong"), card(a="right")
    del served["metrics"]["never_trained"]
    assert len(after(candidate, served)) == 3
