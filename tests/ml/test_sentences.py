"""Sentences of ml: English as ever, and made of parts that another language can put together anew."""

import ast
import copy
import json
import pickle
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ml import serve
from ml.sentences import Sentence, Teller, say, say_many
from tests.test_architecture import ROOT

_SPEAKING = ("say", "say_many")
# What a person is told goes through these; the number of the argument that is a sentence.
_TOLD = {"Finding": 2, "NotApplicable": 0, "InvalidImage": 1, "_finding": 2}


def spoken() -> list[tuple[Path, ast.Call]]:
    """Every call in ml and detector that makes a sentence."""
    paths = [*sorted((ROOT / "ml").rglob("*.py")), *sorted((ROOT / "detector").rglob("*.py"))]
    return [
        (path, node)
        for path in paths
        if path.name != "sentences.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SPEAKING
    ]


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def templates(call: ast.Call) -> list[ast.expr]:
    return call.args[: 2 if _name(call) == "say_many" else 1]


def test_a_sentence_is_its_english_text():
    told = say("At {score:.0%} of {width} × {height}.", score=0.934, width=1200, height=800)
    assert told == "At 93% of 1200 × 800."
    assert json.dumps([told]) == '["At 93% of 1200 \\u00d7 800."]'
    assert str(told) is not told
    assert type(str(told)) is str


def test_it_writes_dates_lists_and_plurals():
    assert say("on {day:date}", day="2024-03-05T10:00:00") == "on 5 March 2024"
    parts = [say("cropped"), say("mirrored"), "saved"]
    assert say("{all:and}", all=parts) == "cropped, mirrored and saved"
    assert say("{all:or}", all=parts[:1]) == "cropped"
    assert say("{all:;}", all=parts[:2]) == "cropped; mirrored"
    assert say_many("One place.", "{count} places.", 1) == "One place."
    assert say_many("One place.", "{count} places.", 3) == "3 places."


def test_a_sentence_stands_in_for_a_number():
    assert say("{share:.0%} of it", share=say("less than 1 %")) == "less than 1 % of it"


def test_it_goes_into_json_and_comes_back():
    inner = say_many("One face", "{count} faces", 2)
    told = say("{found}; {fakes:,}.", found=inner, fakes=[say("number {n}", n=1), "{x}"])
    back = Sentence.from_form(json.loads(json.dumps(told.form)))
    assert back == told
    assert back.form == told.form
    assert isinstance(back.values["found"], Sentence)
    assert back.values["found"].many == "{count} faces"


def test_copies_and_pickles_keep_the_parts():
    told = say("By {program}.", program="A {brace} program")
    for again in (copy.deepcopy(told), pickle.loads(pickle.dumps(told))):
        assert again == told
        assert again.form == told.form


def test_a_template_reaches_into_no_value():
    with pytest.raises(KeyError):
        say("{x.__class__}", x="a")
    with pytest.raises(KeyError):
        say("{x[0]}", x="a")


@given(some.text(max_size=60))
def test_what_a_file_says_is_text_whatever_is_in_it(hostile):
    told = say("Saved with {program}.", program=hostile)
    assert told == f"Saved with {hostile}."
    assert Sentence.of_text(hostile) == hostile
    assert Sentence.from_form(json.loads(json.dumps(told.form))) == told


def test_a_teller_of_another_language_changes_words_alone():
    class Loud(Teller):
        def tell(self, sentence: Sentence) -> str:
            return self.vformat(sentence.template.upper().replace("{NAME}", "{name}"), (), sentence.values)

    assert Loud().tell(say("made with {name}", name=say("software"))) == "MADE WITH SOFTWARE"


def test_every_template_is_a_literal_and_names_its_values():
    found = spoken()
    assert len(found) > 150
    for path, call in found:
        for template in templates(call):
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            assert isinstance(template, ast.Constant), f"{where} is no literal"
            holes = {hole for _, hole, _, _ in string.Formatter().parse(template.value) if hole is not None}
            assert all(hole.isidentifier() for hole in holes), f"{where} has a hole without a name"
            given = {keyword.arg for keyword in call.keywords} | ({"count"} if _name(call) == "say_many" else set())
            assert None in given or holes <= given, f"{where} lacks {holes - given}"


def test_no_other_text_reaches_a_finding():
    """An f-string or a bare text where a sentence belongs would stay English for every reader."""
    seen = 0
    for path in [*sorted((ROOT / "ml").rglob("*.py")), *sorted((ROOT / "detector").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node) in _TOLD and len(node.args) > _TOLD[_name(node)]:
                seen += 1
                told = node.args[_TOLD[_name(node)]]
                assert not isinstance(told, ast.JoinedStr | ast.Constant | ast.BinOp), f"{path}:{node.lineno}"
    assert seen > 10


def test_functions_that_promise_a_sentence_return_no_other_text():
    for path in sorted((ROOT / "ml").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(function, ast.FunctionDef)
                and function.returns
                and "Sentence" in ast.unparse(function.returns)
            ):
                for node in ast.walk(function):
                    if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
                        parts = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else [node.value]
                        bad = [part for part in parts if isinstance(part, ast.JoinedStr | ast.BinOp)]
                        assert not bad, f"{path}:{node.lineno} returns text that is put together"


def test_every_signal_speaks_in_sentences(samples_scored):
    for score, deep in samples_scored:
        assert all(isinstance(reason, Sentence) for reason in score.reasons)
        assert all(isinstance(finding.summary, Sentence) for finding in [*score.findings, *deep])
    assert len({finding.summary for _, deep in samples_scored for finding in deep}) > 15


@pytest.fixture(scope="module")
def samples_scored():
    scorer = serve.load(serve.shipped())
    names = ("beach.jpg", "chart.png", "copied-slipper.jpg", "spliced-cap.jpg", "tiny.jpg")
    paths = [ROOT / "samples" / name for name in names]
    return [(scorer.score(path.read_bytes()), list(scorer.examine(path.read_bytes()))) for path in paths]
