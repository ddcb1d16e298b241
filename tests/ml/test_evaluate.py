"""A whole evaluation with the model that ships, on a few pictures that are made on the spot."""

import dataclasses
import json
import re
import shutil

import pytest
from django.core.management import CommandError, call_command

from ml import card_text, cards, config, data, evaluate, left_out, passes, registry, report_page, tables
from ml.evaluate import Asked
from tests.ml.making import records_of, write_source

FIRST, SECOND = "made", "later"
quiet = {"log": lambda line: None}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Two sources of both classes; the second was never trained on."""
    folder = tmp_path_factory.mktemp("evaluated")
    records = records_of(write_source(folder / "one", count=40), FIRST)
    records += records_of(write_source(folder / "two", count=12, first=500), SECOND)
    data.write(folder / "m.jsonl", records)
    return folder / "m.jsonl"


def make_run(folder, **changes):
    """A finished run that holds the model that ships."""
    card = registry.read(registry.shipped()).card
    experiment = card["experiment"] | {
        "name": "tiny",
        "training": card["experiment"]["training"] | {"sources": [FIRST], "emphasis": {}},
        "judgement": {"tested_short_edge": [32, 6000], "tested_megapixels": [0.001, 25]},
        "slices": {"faces": [FIRST]},
        "terms": {FIRST: "made on the spot"},
    }
    folder.mkdir()
    described = {"experiment": experiment, "data_sha256": "0" * 64, "images": {"train": 1, "validation": 1}}
    (folder / "run.json").write_text(json.dumps(described | changes))
    (folder / "history.csv").write_text("epoch,loss,seconds\n1,0.5,60\n")
    shutil.copy(registry.shipped() / registry.TFLITE, folder / registry.TFLITE)
    return folder


@pytest.fixture(scope="module")
def evaluated(manifest):
    """The run, everything asked for at once, and the report."""
    folder = manifest.parent
    baseline = make_run(folder / "baseline")
    evaluate.evaluate(baseline, manifest, Asked(robustness=0, left_out=[SECOND]), **quiet)
    run = make_run(folder / "run")
    asked = Asked(
        never_trained=[manifest],
        against=[registry.shipped()],
        baseline=baseline,
        left_out=[SECOND],
        leave_one_out=[baseline],
        robustness=2,
    )
    return run, asked, evaluate.evaluate(run, manifest, asked, **quiet)


def test_it_measures_what_it_is_asked_for(evaluated):
    run, _, report = evaluated
    assert list(report)[:2] == ["decision", "never_trained"]
    assert json.loads(json.dumps(report)) == json.loads((run / "evaluation.json").read_text())
    assert report["test"][FIRST].keys() >= {"false_alarms", "missed", "auc_interval", "confusion", "flips", "sha256"}
    assert SECOND not in report["test"]
    assert [len(report["robustness"]["curves"][family]) for family in ("jpeg", "scale", "blur")] == [7, 4, 4]
    assert report["robustness"]["as_it_is"]["flips"] == {"contradicted": 0, "crossed": 0, "relabelled": 0}
    assert report["slices"]["subject"]["faces"]["images"] == report["test"][FIRST]["images"]
    assert "localisation" not in report  # the model that ships marks nothing, or no mask is known


def test_the_same_model_beside_itself_differs_in_nothing(evaluated):
    _, _, report = evaluated
    difference = report["baseline"]["difference"]["test"][FIRST]
    assert difference["auc"] == {"value": 0, "interval": [0, 0]}
    assert report["baseline"]["test"][FIRST]["auc"] == report["test"][FIRST]["auc"]
    version = registry.read(registry.shipped()).card["version"]
    assert report["against"][version]["test"][FIRST]["sha256"] == report["test"][FIRST]["sha256"]


def test_a_source_that_was_left_out_is_measured_and_gathered(evaluated):
    _, _, report = evaluated
    own = report["left_out"][SECOND]
    assert own["images"] == 24
    assert own["photographs"] == "its own"
    assert report["leave_one_out"]["rows"][0]["run"] == "baseline"
    assert report["leave_one_out"]["mean_auc"] == report["leave_one_out"]["rows"][0]["auc"] == own["auc"]


def test_the_table_of_left_out_sources_says_for_how_long_each_run_learned(evaluated):
    run, _, report = evaluated
    training = json.loads((run / "run.json").read_text())["experiment"]["training"]
    views = training["epochs"] * training["images_per_epoch"]
    own, other = tables.leave_one_out(report).rows
    assert own[:4] == (SECOND, "this one", "–", "24")
    assert other[:4] == (SECOND, "baseline", f"{views:,}", "24")


def test_another_model_stands_beside_this_one_where_both_saw_the_same_images(evaluated):
    _, _, report = evaluated
    there = report["baseline"]["test"]
    same = tables.by_source(report["test"], there).rows[0]
    fewer = {FIRST: there[FIRST] | {"sha256": "0" * 16}}
    other = tables.by_source(report["test"], fewer).rows[0]
    assert same[5:7] == (same[3], same[4])
    assert other[5:7] == ("–", "–")
    assert other[:5] == same[:5]


def test_the_table_of_differences_says_what_the_other_has_and_on_how_many_images(evaluated):
    _, _, report = evaluated
    table = tables.differences(report["baseline"])
    row = next(cells for cells in table.rows if cells[0] == FIRST)
    told = dict(zip(table.columns, row, strict=True))
    assert told["images"] == str(report["test"][FIRST]["images"])
    assert told["its AUC"] == tables.figure(report["test"][FIRST], "auc", tables.ratio)
    assert told["its false alarms"] == tables.share(report["test"][FIRST]["false_alarms"])


def test_a_second_call_scores_nothing_again(evaluated, manifest, monkeypatch):
    run, asked, report = evaluated

    def refuse(*args, **options):
        raise AssertionError("scored again")

    monkeypatch.setattr(passes, "predict", refuse)
    assert evaluate.evaluate(run, manifest, asked, **quiet) == report


def test_other_pixels_are_scored_afresh(evaluated, manifest):
    run, _, _ = evaluated
    records = [one for one in data.read(manifest) if one.split == "test"]
    scorer = passes.Scorer((run / registry.TFLITE).read_bytes(), 256, run / passes.FOLDER, lambda line: None)
    edited = [dataclasses.replace(one, edit="removal", seed=1) for one in records]
    relabelled = [dataclasses.replace(one, label="manipulated") for one in records]
    assert scorer._key(records, None) == scorer._key(relabelled, None) != scorer._key(edited, None)


def test_the_page_needs_no_other_file_and_no_script(evaluated):
    run, _, _ = evaluated
    page = (run / "evaluation.html").read_text()
    assert not re.search(r"<script|<link|<img|src=|url\(|https?://(?!www\.w3\.org)", page)
    assert "prefers-color-scheme: dark" in page
    for section in ("false-alarms", "sources", "left-out", "reliability", "alarms", "journeys", "slices", "others"):
        assert f'<section id="{section}">' in page
    assert page.count("<svg") > 10
    assert "nan" not in page.lower().replace("nanum", "")


def test_the_page_escapes_the_names_of_sources(evaluated):
    _, _, report = evaluated
    named = report | {"test": {"<b>&": report["test"][FIRST]}}
    assert "<b>&</" not in report_page.render(named, "<i>")
    assert "&lt;i&gt;" in report_page.render(named, "<i>")


def test_the_card_is_told_from_its_json_alone(evaluated):
    run, _, _ = evaluated
    card = json.loads(json.dumps(cards.compose(run))) | {"version": "2026.1.1", "files": {"model.tflite": "ab"}}
    text = card_text.render(card)
    for title in ("False alarms on photographs, first", "Sources that it was not trained on", "After a journey"):
        assert f"## {title}" in text
    assert text.index("False alarms") < text.index("Test images")
    assert "baseline AUC" in text
    assert "sources" not in card["metrics"]["robustness"]["as_it_is"]
    assert all(line.count("|") > 2 for line in text.splitlines() if line.startswith("|"))


def test_the_card_of_an_earlier_version_still_renders_without_what_it_lacks():
    card = json.loads((registry.versions()[0] / registry.CARD).read_text())
    for name in ("robustness", "base_rates", "slices", "against", "baseline", "leave_one_out", "left_out"):
        card["metrics"].pop(name, None)
    text = card_text.render(card)
    assert text.startswith(f"# Model card: {card['version']}")
    assert "After a journey" not in text
    assert "What an alarm is worth" not in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--left-out", FIRST], "made was trained on"),
        (["--left-out", "nobody"], "no image of nobody"),
        (["--leave-one-out", "{plain}"], "was not evaluated yet"),
        (["--against", "{plain}"], "no card that can be read"),
        (["--baseline", "{plain}"], "evaluation.json cannot be read"),
        (["--baseline", "{old}"], "evaluated by an earlier program"),
        (["--also", "{plain}/none.jsonl"], "none.jsonl cannot be read"),
    ],
)
def test_the_command_says_in_a_sentence_what_is_wrong(evaluated, manifest, tmp_path, words, sentence):
    plain = make_run(tmp_path / "plain")
    run, _, _ = evaluated
    old = make_run(tmp_path / "old")
    (old / "evaluation.json").write_text('{"decision": {"temperature": 1.0}}')
    told = [word.format(plain=plain, old=old) for word in words]
    with pytest.raises(CommandError, match=sentence):
        call_command("evaluate_model", str(run), "--data", str(manifest), "--robustness", "0", *told)


def test_a_run_that_was_trained_on_every_source_has_left_none_out(manifest):
    experiment = config.from_dict({"name": "all"})
    with pytest.raises(left_out.NotLeftOut, match="was trained on"):
        left_out._images(list(data.read(manifest)), FIRST, experiment, 10)
