"""Weights of the ledger's signals and their gain, measured on files."""

import json
import math

import pytest
from django.core.management import CommandError, call_command

from ml import signals
from ml.findings import Finding
from ml.images import ImageFacts
from ml.serve import ModelInfo, Score
from ml.tables import fusion
from ml.tables import signals as table_of
from tests.factories import image_bytes
from tests.ml.making import record

FACTS = ImageFacts("PNG", "image/png", "png", 64, 64, 1, 10)


def score(label="authentic", fake=0.1):
    probabilities = {"authentic": 1 - fake, "ai_generated": 0.0, "manipulated": fake}
    return Score(label, fake, probabilities, ("Because.",), (), None, FACTS, ModelInfo("1", "", {}))


def examined(label, *spoke, source="set", **said):
    findings = [Finding(name, "supports_fake", f"{name} speaks.") for name in spoke]
    return signals.Examined(label, source, score(**said), findings)


def some(label, count, spoke, signal="copy_move", **options):
    return [examined(label, *([signal] if number < spoke else []), **options) for number in range(count)]


def test_a_signal_that_tells_fakes_from_photographs_weighs():
    found = signals.weights(some("manipulated", 100, 60) + some("authentic", 200, 2))["copy_move"]
    assert found["hits"] == [60, 100]
    assert found["false_alarms"] == [2, 200]
    assert 2 < found["log_likelihood_ratio"] < math.log(0.6 / 0.01)  # cautious: less than the plain ratio


def test_few_images_give_little_weight():
    few = signals.weights(some("manipulated", 5, 3) + some("authentic", 10, 0))["copy_move"]
    many = signals.weights(some("manipulated", 500, 300) + some("authentic", 1000, 0))["copy_move"]
    assert few["log_likelihood_ratio"] < many["log_likelihood_ratio"]


@pytest.mark.parametrize("alarms", [50, 100])
def test_a_signal_that_speaks_of_photographs_as_often_weighs_nothing(alarms):
    assert (
        signals.weights(some("manipulated", 100, 50) + some("authentic", 100, alarms))["copy_move"][
            "log_likelihood_ratio"
        ]
        == 0
    )


def test_a_signal_is_measured_among_fakes_of_its_own_kind():
    found = signals.weights(some("ai_generated", 50, 50) + some("manipulated", 40, 20) + some("authentic", 40, 0))
    assert found["copy_move"]["hits"] == [20, 40]


def test_a_signal_is_measured_where_its_trace_can_be():
    swaps, copies = some("manipulated", 90, 0, source="swaps"), some("manipulated", 30, 12, source="copies")
    found = signals.weights(swaps + copies + some("authentic", 200, 1))["copy_move"]
    assert (found["source"], found["hits"]) == ("copies", [12, 30])


def test_the_gain_is_that_of_the_fused_verdict_over_the_models_own():
    card = {
        "decision": {"prior": 0.25, "band": [0.43, 0.57]},
        "signals": {"copy_move": {"kind": "manipulated", "log_likelihood_ratio": 4.0}},
    }
    rows = signals.gain(some("manipulated", 4, 3, source="a") + some("authentic", 4, 0, source="a"), card)
    assert rows["a"]["alone"] == {"auc": 0.5, "found": 0.0, "false_alarms": 0.0, "inconclusive": 0.0}
    assert rows["a"]["fused"] == {"auc": 0.875, "found": 0.75, "false_alarms": 0.0, "inconclusive": 0.0}
    assert rows["all"]["images"] == 8
    assert fusion({"fusion": rows}).rows[1][2:4] == ("0.500 → 0.875", "0.0 % → 75.0 %")


def test_a_source_of_one_class_has_only_the_figures_that_are_defined():
    card = {"decision": {"prior": 0.25, "band": [0.43, 0.57]}}
    assert set(signals.gain(some("authentic", 3, 0), card)["set"]["alone"]) == {"false_alarms", "inconclusive"}


class Plain:
    def score(self, data, limits):
        assert data[:2] == b"\xff\xd8"
        return score()


def test_files_are_examined_and_what_cannot_be_read_is_left_out(tmp_path):
    (tmp_path / "a.jpg").write_bytes(image_bytes(width=160, height=160))
    (tmp_path / "b.jpg").write_bytes(b"no image")
    ticks = []
    records = [
        record(path=str(tmp_path / "a.jpg"), label="authentic"),
        record(path=str(tmp_path / "a.jpg"), label="authentic", normalise=True),
        record(path=str(tmp_path / "a.jpg"), label="manipulated", edit="synth_splice"),
        record(path=str(tmp_path / "b.jpg"), normalise=True),
        record(path=str(tmp_path / "gone.jpg")),
    ]
    found = signals.examine(Plain(), records, lambda done, total: ticks.append((done, total)))
    assert [one.label for one in found] == ["authentic", "authentic"]
    assert {finding.signal for finding in found[0].findings} <= set(signals.KINDS)
    assert ticks[-1] == (5, 5)


def test_the_table_says_none_where_a_signal_weighs_nothing():
    weight = {"kind": "manipulated", "hits": [1, 9], "false_alarms": [2, 9], "log_likelihood_ratio": 0.0}
    assert table_of({"signals": {"copy_move": weight}}).rows == (
        ("copy-move", "manipulated", "–", "1 of 9", "2 of 9", "none"),
    )


def test_a_run_that_was_not_evaluated_is_refused_with_words(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({}))
    with pytest.raises(CommandError, match=r"evaluation\.json|not ready"):
        call_command("measure_signals", tmp_path, "--data", tmp_path / "none.jsonl")
