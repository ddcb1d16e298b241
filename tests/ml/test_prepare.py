"""From sources to a manifest: what is done once, what goes on after a stop, what is said of it."""

import io
import json
import re

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ml import data, ledger, prepare
from ml.importers import Source
from ml.progress_bar import ProgressBar, clock
from tests.ml.making import as_bytes, write_source


@pytest.fixture
def source(tmp_path):
    return write_source(tmp_path / "made", count=12)


@pytest.fixture
def opened(monkeypatch):
    """The names of the files that were opened to be examined, in order."""
    names, examine = [], ledger.examine

    def watched(listed, workers):
        listed = list(listed)
        names.extend(row.path.name for row in listed)
        return examine(listed, workers)

    monkeypatch.setattr(ledger, "examine", watched)
    return names


def test_a_second_run_opens_only_what_is_new_or_changed(source, tmp_path, opened):
    out = tmp_path / "m.jsonl"
    first = prepare.prepare({"made": source}, out)
    assert len(opened) == 24
    manifest = out.read_bytes()
    assert prepare.prepare({"made": source}, out) == first
    assert out.read_bytes() == manifest
    write_source(source, count=1, first=50)
    (source / "authentic" / "authentic-3.jpg").write_bytes(as_bytes(Image.new("RGB", (90, 80), "red")))
    report = prepare.prepare({"made": source}, out)
    assert sorted(opened[24:]) == ["ai_generated-50.jpg", "authentic-3.jpg", "authentic-50.jpg"]
    assert report["images"] == 26
    assert {(row.width, row.height) for row in data.read(out) if row.path.endswith("/authentic-3.jpg")} == {(90, 80)}


class Killed(Exception):
    pass


def test_a_run_that_was_stopped_goes_on_where_it_was(source, tmp_path, opened, monkeypatch):
    def kill_at_ten(done, total):
        if done >= 10:
            raise Killed

    monkeypatch.setattr(ledger, "_CHUNK", 5)
    whole = prepare.prepare({"made": source}, tmp_path / "whole.jsonl")
    opened.clear()
    with pytest.raises(Killed):
        prepare.prepare({"made": source}, tmp_path / "m.jsonl", tick=kill_at_ten)
    assert (len(opened), (tmp_path / "m.jsonl").exists()) == (10, False)
    ticks = []
    assert prepare.prepare({"made": source}, tmp_path / "m.jsonl", tick=lambda *step: ticks.append(step)) == whole
    assert len(opened) == len(set(opened)) == 24
    assert ticks == [(5, 14), (10, 14), (14, 14)]
    assert (tmp_path / "m.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_what_could_not_be_read_is_tried_again(source, tmp_path, opened):
    broken = source / "authentic" / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff not a picture")
    for _ in range(2):
        assert len(prepare.prepare({"made": source}, tmp_path / "m.jsonl")["unreadable"]) == 1
    assert opened.count("broken.jpg") == 2
    assert len(opened) == 26


def test_a_ledger_of_another_version_is_begun_anew(source, tmp_path, opened, monkeypatch):
    prepare.prepare({"made": source}, tmp_path / "m.jsonl")
    monkeypatch.setattr(ledger, "_VERSION", ledger._VERSION + 1)
    prepare.prepare({"made": source}, tmp_path / "m.jsonl")
    assert len(opened) == 48


def test_a_file_that_is_no_ledger_is_named(source, tmp_path):
    (tmp_path / "m.examined.sqlite").write_bytes(b"no data base at all" * 100)
    with pytest.raises(data.SourceRefused, match=r"m\.examined\.sqlite cannot be used .* or delete it"):
        prepare.prepare({"made": source}, tmp_path / "m.jsonl")


def test_two_runs_cannot_write_one_ledger(tmp_path):
    with ledger.Ledger(tmp_path / "l.sqlite"), pytest.raises(data.SourceRefused, match="wait for the other prepare"):
        ledger.Ledger(tmp_path / "l.sqlite")
    with ledger.Ledger(tmp_path / "l.sqlite") as free:
        assert free.missing() == 0


def test_a_manifest_carries_mask_terms_and_side(source, tmp_path):
    names = ["authentic/authentic-0.jpg,authentic", "ai_generated/ai_generated-0.jpg,ai_generated"]
    (source / "list.csv").write_text("\n".join(["path,label,mask", *(f"{name},m.png" for name in names)]))
    prepare.prepare([Source(source / "list.csv", "mine", licence="CC0")], tmp_path / "m.jsonl")
    rows = list(data.read(tmp_path / "m.jsonl"))
    assert {(row.source, row.licence, row.mask) for row in rows} == {("mine", "CC0", str(source / "m.png"))}
    assert all(len(row.jpeg_table) == 8 and row.split for row in rows)


def test_a_manifest_of_an_older_version_is_still_read(tmp_path):
    old = {
        "path": "a.jpg", "label": "authentic", "source": "made", "group": "a", "sha256": "0" * 64,
        "phash": "0123456789abcdef", "width": 100, "height": 100, "bytes": 5000, "format": "JPEG", "jpeg_quality": 90,
        "split": "train",
    }  # fmt: skip
    (tmp_path / "old.jsonl").write_text(json.dumps(old) + "\n")
    (row,) = data.read(tmp_path / "old.jsonl")
    assert (row.split, row.mask, row.edit, row.normalise, row.jpeg_table) == ("train", "", "", False, "")


def test_a_leaking_source_is_marked_refused_or_left_as_it_is(tmp_path):
    sources = {
        "leaking": write_source(tmp_path / "leaking", 30, fake_quality=50),
        "lone": write_source(tmp_path / "lone", 5, first=500) / "lone.csv",
    }
    names = [f"ai_generated/ai_generated-{number}.jpg,ai_generated" for number in range(500, 505)]
    sources["lone"].write_text("\n".join(["path,label", *names]))
    seen = {}
    for treat in ("normalise", "refuse", "report"):
        report = prepare.prepare(sources, tmp_path / f"{treat}.jsonl", treat=treat)
        seen[treat] = {(row.source, row.normalise) for row in data.read(tmp_path / f"{treat}.jsonl")}
        assert report["one_class_only"] == ["lone"]
        assert report["data_sha256"] == data.digest(data.read(tmp_path / f"{treat}.jsonl"))
        assert not (tmp_path / f"{treat}.untreated").exists()
    assert seen["normalise"] == {("leaking", True), ("lone", False)}
    assert seen["refuse"] == {("lone", False)}
    assert seen["report"] == {("leaking", False), ("lone", False)}


def test_both_figures_of_a_leak_are_reported(tmp_path):
    source = write_source(tmp_path / "leaking", 40, fake_quality=50)
    report = prepare.prepare({"leaking": source}, tmp_path / "m.jsonl")
    before, after = (
        {leak["trait"]: leak["auc"] for leak in report[name] if leak["source"] == "leaking"}
        for name in ("leaks", "leaks_after")
    )
    assert before["jpeg_table"] == 1.0 > 0.65 > after["jpeg_table"]
    assert before.keys() == after.keys()


def test_the_card_shows_counts_terms_leaks_sizes_and_pictures(source, tmp_path):
    (source / "authentic" / "broken.jpg").write_bytes(b"\xff\xd8\xff <b>not</b> a picture")
    prepare.prepare([Source(source, "made & more", licence="CC0 <all>")], tmp_path / "m.jsonl")
    card = json.loads((tmp_path / "m.data_card.json").read_text())
    made = card["sources"]["made & more"]
    assert made["terms"] == {"CC0 <all>": 24}
    authentic = made["labels"]["authentic"]
    assert sum(authentic["splits"].values()) == sum(authentic["short_edges"]) == authentic["formats"]["JPEG"] == 12
    assert (card["unreadable"], card["images"]) == (1, 24)
    page = (tmp_path / "m.data_card.html").read_text()
    assert "made &amp; more" in page
    assert "<all>" not in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    for sheet in card["contact_sheets"]:
        with Image.open(tmp_path / sheet["file"]) as image:
            assert np.asarray(image).std() > 20
    assert [(sheet["label"], sheet["pictures"]) for sheet in card["contact_sheets"]] == [
        ("ai_generated", 12), ("authentic", 12),
    ]  # fmt: skip


def test_a_mask_is_shown_red_and_a_picture_that_went_is_grey(tmp_path):
    from ml.contact_sheets import contact_sheet
    from ml.tally import Pick

    Image.new("RGB", (64, 64), "white").save(tmp_path / "a.png")
    Image.new("L", (32, 32), 255).save(tmp_path / "m.png")
    picks = [Pick(str(tmp_path / "a.png"), str(tmp_path / "m.png")), Pick(str(tmp_path / "gone.png"), "")]
    with Image.open(io.BytesIO(contact_sheet(picks))) as sheet:
        red, green, _ = sheet.getpixel((60, 60))
        assert red > green + 60
        assert sheet.getpixel((190, 60))[0] == pytest.approx(211, abs=4)


def call(*words):
    call_command("prepare_dataset", *map(str, words))


def test_the_command_takes_terms_masks_and_a_layout(source, tmp_path, capsys):
    (tmp_path / "masks").mkdir()
    Image.new("L", (96, 96), 255).save(tmp_path / "masks" / "ai_generated-0_gt.png")
    out = tmp_path / "m.jsonl"
    call(f"mine={source}:classes", "--licence", "mine=CC BY 4.0", "--masks", f"mine={tmp_path / 'masks'}", "--out", out)
    rows = {row.path.rpartition("/")[2]: row for row in data.read(out)}
    assert {row.licence for row in rows.values()} == {"CC BY 4.0"}
    assert [name for name, row in rows.items() if row.mask] == ["ai_generated-0.jpg"]
    assert "24 images, 0 unreadable" in capsys.readouterr().out


def test_the_command_says_what_was_done_about_a_leak(tmp_path, capsys):
    write_source(tmp_path / "leaking", 40, fake_quality=50)
    call(tmp_path / "leaking", "--out", tmp_path / "m.jsonl")
    shown = capsys.readouterr().out
    assert "LEAK  leaking: all traits together tell the class, AUC 1.00" in shown
    assert "Normalised before anything looks at their pixels: leaking." in shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a={made}", "a={made}"], "Two sources are called a"),
        (["a={made}", "--licence", "b=CC0"], "There is no source b; there are a"),
        (["a={made}", "--licence", "CC0"], "is not NAME=…"),
        (["all={made}"], "cannot be called all"),
        (["{made}:cifake"], "No readable image below"),
        (["{made}:imagenet"], "is no folder and no file"),
        (["{made}", "--leaks", "hope"], "invalid choice"),
    ],
)
def test_the_command_says_in_a_sentence_what_is_wrong(source, tmp_path, words, sentence):
    with pytest.raises(CommandError, match=sentence):
        call(*(word.format(made=source) for word in words), "--out", tmp_path / "m.jsonl")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_on_a_terminal_and_lines_elsewhere(monkeypatch):
    now = iter([0.0, 10.0, 10.05, 45.0, 50.0] * 2)
    monkeypatch.setattr("ml.progress_bar.time.monotonic", lambda: next(now))
    shown = []
    for stream in (Terminal(), io.StringIO()):
        bar = ProgressBar(stream)
        for done in (100, 150, 450, 500):
            bar(done, 500)
        shown.append(stream.getvalue())
    assert shown[0].count("\r") == 3
    assert "[######........................] 100 of 500 images, 10 a second, 0:40 left" in shown[0]
    assert shown[1].splitlines() == [
        "450 of 500 images, 10 a second, 0:05 left", "500 of 500 images, 10 a second, 0:00 left",
    ]  # fmt: skip


def test_hours_are_written_as_hours():
    assert [clock(seconds) for seconds in (0, 59.6, 3_600, 36_061)] == ["0:00", "1:00", "1:00:00", "10:01:01"]


def test_memory_does_not_hold_the_names_of_a_list(tmp_path):
    """A list of 4,000 files that are not there costs the data base, not the process."""
    import tracemalloc

    path = tmp_path / "long.csv"
    with path.open("w") as stream:
        stream.write("path,label\n")
        stream.writelines(f"{'x' * 60}{number}.jpg,authentic\n" for number in range(4_000))
    with ledger.Ledger(tmp_path / "l.sqlite") as book:
        tracemalloc.start()
        count = book.enlist(prepare._listed([Source(path)], originals_only=False))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 4_000
    assert peak < path.stat().st_size
