"""The manifest, the split, and what a file alone gives away."""

import dataclasses
import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ml import data, split
from ml.data import LABELS
from ml.leaks import leaks
from ml.originals import is_camera_original
from ml.prepare import NothingFound, prepare
from tests.factories import picture
from tests.ml.making import as_bytes, record, records_of, write_source


@pytest.fixture
def source(tmp_path):
    return write_source(tmp_path / "made", count=12)


def test_a_manifest_says_what_each_file_is(source, tmp_path):
    records = records_of(source)
    assert data.write(tmp_path / "m.jsonl", records) == len(records) == 24
    assert list(data.read(tmp_path / "m.jsonl")) == records
    first = records[0]
    assert (first.label, first.source, first.format, first.width, first.jpeg_quality) == (
        "authentic", "made", "JPEG", 96, 90,
    )  # fmt: skip


def test_the_same_folder_gives_the_same_manifest(source, tmp_path):
    for name in ("a", "b"):
        prepare({"made": source}, tmp_path / f"{name}.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_adding_images_never_moves_old_ones(source):
    before = {record.path: record.split for record in records_of(source)}
    write_source(source, count=12, first=12)
    after = {record.path: record.split for record in records_of(source)}
    assert len(after) == 2 * len(before)
    assert before.items() <= after.items()


def test_an_unreadable_file_is_reported_and_left_out(source, tmp_path):
    (source / "authentic" / "broken.jpg").write_bytes(b"\xff\xd8\xff not a picture")
    report = prepare({"made": source}, tmp_path / "m.jsonl")
    assert [found["path"].endswith("broken.jpg") for found in report["unreadable"]] == [True]
    assert json.loads((tmp_path / "m.report.json").read_text()) == report
    assert report["images"] == 24


def test_sources_without_an_image_are_refused(tmp_path):
    with pytest.raises(NothingFound, match="No readable image"):
        prepare({"empty": tmp_path}, tmp_path / "m.jsonl")


def test_groups_come_from_the_file_that_names_them(source):
    (source / "groups.csv").write_text("path,label,group\nauthentic/authentic-0.jpg,authentic,scene-7\n")
    groups = {record.path.rpartition("/")[2]: record.group for record in records_of(source)}
    assert groups["authentic-0.jpg"] == "scene-7"
    assert groups["authentic-1.jpg"] == "authentic-1"


@given(st.text(), st.text())
def test_a_group_has_one_side_whatever_its_name(source, group):
    assert split.split_of(source, group) == split.split_of(source, group) in split.SPLITS


def test_the_sides_have_the_proportions_100_20_20():
    sides = Counter(split.split_of("made", str(number)) for number in range(14_000))
    assert sides["train"] == pytest.approx(10_000, rel=0.03)
    assert sides["validation"] == pytest.approx(2_000, rel=0.08)
    assert sides["test"] == pytest.approx(2_000, rel=0.08)


def test_all_files_of_a_group_are_on_one_side():
    rows = [record(group=f"g{i % 9}", sha256=f"{i:064x}", phash=f"{i * 0x9E3779B97F4A7C15 % 2**64:016x}")
            for i in range(90)]  # fmt: skip
    sides = {(row.group, row.split) for row in split.assign(rows)}
    assert len(sides) == 9


def group_on(side: str) -> str:
    return next(str(number) for number in range(10_000) if split.split_of("made", str(number)) == side)


@pytest.mark.parametrize("flipped_bits", [0, 1, 0b111])
def test_a_near_copy_of_a_test_image_leaves_training(flipped_bits):
    phash = 0x0123456789ABCDEF
    tested = record(group=group_on("test"), sha256="a" * 64, phash=f"{phash:016x}")
    trained = record(group=group_on("train"), sha256="b" * 64, phash=f"{phash ^ flipped_bits:016x}")
    assert [row.split for row in split.assign([trained, tested])] == [split.ASIDE, "test"]


def test_another_picture_stays():
    tested = record(group=group_on("test"), sha256="a" * 64, phash="0123456789abcdef")
    trained = record(group=group_on("train"), sha256="b" * 64, phash="0123456789abcde0")
    assert [row.split for row in split.assign([trained, tested])] == ["train", "test"]


def test_an_exact_copy_counts_once():
    rows = [record(group="a"), record(group="a", path="copy.jpg")]
    assert [row.split == split.ASIDE for row in split.assign(rows)] == [False, True]


@pytest.mark.parametrize("quality", [40, 75, 95])
def test_it_reads_the_quality_of_a_jpeg(quality):
    with Image.open(io.BytesIO(as_bytes(picture(), quality=quality))) as image:
        assert data.jpeg_quality(image) == quality


def test_a_set_whose_compression_tells_the_class_is_flagged(tmp_path):
    found = {leak.trait: leak for leak in leaks(records_of(write_source(tmp_path / "leaking", 12, fake_quality=60)))}
    assert found["jpeg_quality"].auc == 1.0
    assert found["jpeg_quality"].suspicious
    assert not found["pixels"].suspicious


def test_a_set_with_one_class_has_nothing_to_leak():
    assert leaks([record(), record(group="b")]) == []


def test_the_digest_changes_with_what_is_learned_from():
    rows = [record(), record(group="b")]
    changed = [rows[0], dataclasses.replace(rows[1], label="ai_generated")]
    moved = [dataclasses.replace(rows[0], path="elsewhere.jpg"), rows[1]]
    assert data.digest(rows) == data.digest(moved) != data.digest(changed)


@pytest.mark.parametrize(
    ("size", "tags", "original"),
    [
        ((1200, 900), {0x010F: "Maker"}, True),
        ((1200, 900), {}, False),
        ((1200, 900), {0x010F: "Maker", 0x0131: "Adobe Photoshop 7.0"}, False),
        ((1200, 900), {0x010F: "Maker", 0x0131: "Ver 1.02"}, True),
        ((600, 400), {0x010F: "Maker"}, False),
    ],
)
def test_only_a_file_straight_from_a_camera_is_an_original(size, tags, original):
    exif = Image.Exif()
    exif.update(tags)
    assert is_camera_original(as_bytes(Image.new("RGB", size, "grey"), exif=exif)) is original


def test_a_thinned_list_keeps_the_same_few_of_each_class_of_each_source():
    records = [record(source=s, label=label, sha256=f"{n:064x}") for s in "ab" for label in LABELS for n in range(9)]
    kept = data.thinned(records, 2)
    assert [(r.source, r.label, int(r.sha256, 16)) for r in kept] == [
        (s, label, n) for s in "ab" for label in LABELS for n in range(2)
    ]
    assert {r.sha256 for r in kept} == {r.sha256 for r in data.thinned(reversed(records), 2)}
