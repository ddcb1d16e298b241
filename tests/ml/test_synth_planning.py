"""Planned edits: many records from few photographs, each on its own side, made into pixels or files alike."""

import io
from collections import Counter, defaultdict

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ml import data
from ml.synth import EDITS, EditRefused
from ml.synth.planning import edited, plan
from ml.synth.storing import open_picture, stored
from tests.factories import picture
from tests.ml.making import as_bytes, record, records_of, write_source


def photographs(count: int, source: str = "made", split: str = "train", **changes) -> list[data.Record]:
    common = {"source": source, "split": split} | changes
    names = [f"{source}-{split}-{number}" for number in range(count)]
    return [record(path=f"{name}.jpg", group=name, sha256=name, **common) for name in names]


def test_as_many_records_are_planned_as_were_asked_for():
    for total in (0, 1, 17, 40):
        assert len(list(plan(photographs(10), total=total))) == total


def test_planned_records_say_what_is_made_of_what():
    bases = {base.path: base for base in photographs(20)}
    for made in plan(bases.values(), total=60):
        base = bases[made.path]
        assert (made.label, made.source) == ("manipulated", f"synth_{made.edit}")
        assert (made.split, made.group, made.width) == (base.split, base.group, base.width)
        assert bool(made.donor) == (made.edit == "splice")


def test_each_has_a_digest_of_its_own():
    assert len({made.sha256 for made in plan(photographs(20), total=80)}) == 80


def test_one_seed_plans_alike_and_another_otherwise():
    bases = photographs(20)
    assert list(plan(bases, total=30, seed=1)) == list(plan(bases, total=30, seed=1))
    assert list(plan(bases, total=30, seed=1)) != list(plan(bases, total=30, seed=2))


def test_no_photograph_is_edited_in_one_way_twice_while_others_are_left():
    ways = defaultdict(list)
    for made in plan(photographs(5), total=5 * len(EDITS), per_image=len(EDITS)):
        ways[made.path].append(made.edit)
    assert all(sorted(own) == sorted(EDITS) for own in ways.values())


def test_donors_are_of_another_group_of_the_same_side_and_source():
    bases = [*photographs(6, "a"), *photographs(6, "a", "test"), *photographs(6, "b")]
    by_path = {base.path: base for base in bases}
    made = list(plan(bases, total=36, edits=["splice"], per_image=2))
    assert len(made) == 36
    for one in made:
        base, donor = by_path[one.path], by_path[one.donor]
        assert (donor.split, donor.source) == (base.split, base.source)
        assert donor.group != base.group


def test_a_source_of_one_picture_takes_its_donor_from_another_source_of_its_side():
    bases = [*photographs(1, "lone"), *photographs(3, "many"), *photographs(3, "many", "test")]
    made = list(plan(bases, total=1, edits=["splice"], sources=["lone", "many"], per_image=1))
    assert len(made) == 1
    lone = next(iter(plan(bases, total=2, edits=["splice"], per_image=1)))
    assert lone.path == "lone-train-0.jpg"
    assert lone.donor.startswith("many-train")


def test_a_splice_without_any_donor_is_refused():
    with pytest.raises(EditRefused, match="second photograph"):
        list(plan(photographs(1), total=1, edits=["splice"]))


def test_small_sources_give_what_they_can_and_large_ones_the_rest():
    bases = [*photographs(2, "small"), *photographs(50, "large"), *photographs(50, "larger")]
    counts = Counter(made.path.split("-")[0] for made in plan(bases, total=48, edits=["blur"], per_image=4))
    assert counts == {"small": 8, "large": 20, "larger": 20}


def test_every_side_gives_its_part():
    bases = [*photographs(50), *photographs(10, split="validation"), *photographs(10, split="test")]
    assert Counter(made.split for made in plan(bases, total=35)) == {"train": 25, "validation": 5, "test": 5}


def test_only_whole_photographs_of_the_three_sides_are_edited():
    unusable = [
        *photographs(3, "aside", "aside"),
        *photographs(3, "fake", label="ai_generated"),
        *photographs(3, "tiny", height=63),
        *photographs(3, "edited", edit="blur"),
    ]
    made = list(plan([*unusable, *photographs(3)], total=12))
    assert {one.path.split("-")[0] for one in made} == {"made"}


def test_more_than_the_photographs_give_is_refused_with_the_number_there_is():
    with pytest.raises(EditRefused, match="at most 40"):
        list(plan(photographs(10), total=41))


def test_an_unknown_edit_is_refused():
    with pytest.raises(EditRefused, match="'erase'"):
        list(plan(photographs(10), total=1, edits=["erase"]))


def test_a_record_without_an_edit_gives_its_picture_and_an_empty_mask():
    made = edited(record(), picture(), None)
    assert made.image.tobytes() == picture().tobytes()
    assert not np.asarray(made.mask).any()


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "manifest.jsonl"
    data.write(path, records_of(write_source(tmp_path / "made", 12, fake_quality=90)))
    return path


def test_stored_files_hold_the_pixels_of_their_plan_in_the_container_of_their_base(manifest, tmp_path):
    planned = list(plan(list(data.read(manifest)), total=10, seed=3))
    for one, file in zip(planned, stored(planned, tmp_path / "out"), strict=True):
        donor = open_picture(one.donor) if one.donor else None
        made = edited(one, open_picture(one.path), donor)
        with Image.open(one.path) as base, Image.open(file.path) as kept:
            assert kept.quantization == base.quantization
            assert as_decoded(kept) == as_decoded(Image.open(io.BytesIO(as_bytes(made.image, quality=90))))
        assert Image.open(file.mask).tobytes() == made.mask.tobytes()
        assert (file.edit, file.donor, file.split, file.group, file.label) == ("", "", one.split, one.group, one.label)
        assert file.jpeg_quality == one.jpeg_quality


def as_decoded(image: Image.Image) -> bytes:
    return image.convert("RGB").tobytes()


def test_a_base_that_is_no_jpeg_becomes_a_png_without_loss(tmp_path):
    (tmp_path / "png" / "authentic").mkdir(parents=True)
    picture().save(tmp_path / "png" / "authentic" / "a.png")
    planned = list(plan(records_of(tmp_path / "png"), total=1, edits=["blur"]))
    (file,) = stored(planned, tmp_path / "out")
    assert file.format == "PNG"
    assert Image.open(file.path).tobytes() == edited(planned[0], picture(), None).image.tobytes()


def test_a_grey_jpeg_has_one_table_and_is_stored_all_the_same(tmp_path):
    (tmp_path / "grey" / "authentic").mkdir(parents=True)
    picture().convert("L").save(tmp_path / "grey" / "authentic" / "a.jpg", quality=80)
    (file,) = stored(plan(records_of(tmp_path / "grey"), total=1, edits=["noise"]), tmp_path / "out")
    assert (file.format, file.jpeg_quality, Image.open(file.path).mode) == ("JPEG", 80, "L")


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_chroma_is_sampled_as_in_the_photograph(tmp_path, sampling):
    (tmp_path / "chroma" / "authentic").mkdir(parents=True)
    picture().save(tmp_path / "chroma" / "authentic" / "a.jpg", subsampling=sampling)
    (file,) = stored(plan(records_of(tmp_path / "chroma"), total=1, edits=["noise"]), tmp_path / "out")
    with Image.open(file.path) as kept, Image.open(tmp_path / "chroma" / "authentic" / "a.jpg") as base:
        assert kept.layer == base.layer


def test_what_is_stored_already_is_not_made_again(manifest, tmp_path):
    planned = list(plan(list(data.read(manifest)), total=3, seed=3))
    first = list(stored(planned, tmp_path / "out"))
    assert not list((tmp_path / "out").rglob("*.partial"))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    assert list(stored(planned, tmp_path / "out")) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")} == before


def test_the_command_appends_to_a_copy_of_the_manifest(manifest, tmp_path):
    out = tmp_path / "more.jsonl"
    call_command("synthesise", str(manifest), "--out", str(out), "--count", "14", "--edits", "blur", "splice")
    records, before = list(data.read(out)), list(data.read(manifest))
    assert records[: len(before)] == before
    assert {one.edit for one in records[len(before) :]} == {"blur", "splice"}
    assert len(records) == len(before) + 14


def test_the_command_can_write_files_and_their_records_alone(manifest, tmp_path):
    out, folder = tmp_path / "new.jsonl", tmp_path / "files"
    call_command("synthesise", str(manifest), "--out", str(out), "--count", "5", "--stored", str(folder), "--only-new")
    records = list(data.read(out))
    assert len(records) == 5
    assert all(folder.joinpath(one.path).is_file() and folder.joinpath(one.mask).is_file() for one in records)


def test_the_command_refuses_in_one_sentence(manifest, tmp_path):
    out = tmp_path / "more.jsonl"
    with pytest.raises(CommandError, match="at most"):
        call_command("synthesise", str(manifest), "--out", str(out), "--count", "1000")
    with pytest.raises(CommandError, match="--stored"):
        call_command("synthesise", str(manifest), "--out", str(out), "--count", "1", "--reconstruct", str(tmp_path))
    assert not out.exists()
