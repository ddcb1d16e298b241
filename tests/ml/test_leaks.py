"""What a file gives away, what a small classifier makes of it, and what normalising leaves."""

import dataclasses
import random

import numpy as np
import pytest

from ml import leaks, treatment
from ml.additive import cross_validated
from ml.data import SourceRefused, digest
from ml.leaks import Leak, leaking, measure, one_class_only
from ml.metrics import auc
from ml.relief import measure_normalised
from ml.traits import Sampler
from tests.ml.making import record, records_of, write_source


def files(count=200, source="made", **fake):
    """Records of both classes that differ in nothing but size of file, by chance, and in what `fake` says."""
    draw = random.Random(source)
    for number in range(count):
        changes = {"label": "ai_generated", **fake} if number % 2 else {}
        yield record(
            **{
                "source": source, "group": str(number), "sha256": f"{draw.getrandbits(256):064x}",
                "bytes": draw.randrange(4_000, 9_000), **changes,
            }
        )  # fmt: skip


def figures(records):
    return {(leak.source, leak.trait): leak for leak in leaks.leaks(records)}


def test_alike_files_give_nothing_away():
    found = figures(files(1_000))
    assert {leak.suspicious for leak in found.values()} == {False}
    assert found["made", "together"].images == 1_000


@pytest.mark.parametrize(
    ("trait", "fake"),
    [
        ("format", {"format": "PNG"}),
        ("jpeg_table", {"jpeg_table": "12345678"}),
        ("jpeg_quality", {"jpeg_quality": 75}),
        ("pixels", {"width": 101}),
        ("bytes_per_pixel", {"bytes": 30_000}),
    ],
)
def test_each_trait_that_tells_the_class_is_flagged_and_so_are_all_together(trait, fake):
    found = figures(files(**fake))
    assert found["made", trait].auc == pytest.approx(1.0)
    assert found["made", "together"].auc == pytest.approx(1.0)


def test_traits_that_tell_nothing_alone_may_tell_together():
    rows = list(files(800))
    for place, row in enumerate(rows):  # each class is half of the fake's two weak hints
        hint = random.Random(place).random() < (0.75 if row.label == "ai_generated" else 0.25)
        other = random.Random(-1 - place).random() < (0.75 if row.label == "ai_generated" else 0.25)
        rows[place] = dataclasses.replace(row, jpeg_quality=90 - 5 * hint, format="PNG" if other else "JPEG")
    found = figures(rows)
    assert found["made", "together"].auc > max(found["made", name].auc for name in ("jpeg_quality", "format")) + 0.03


def test_the_classifier_never_judges_what_it_learned_from():
    random = np.random.default_rng(0)
    fake, kinds = random.random(400) < 0.5, np.array([[str(n // 2)] for n in range(400)])  # a pair knows itself
    alone, pairs = np.arange(400), np.arange(400) // 2
    fake[1::2] = fake[::2]
    assert auc(fake, cross_validated(fake, pairs, np.empty((400, 0)), kinds)) == pytest.approx(0.5, abs=0.1)
    assert auc(fake, cross_validated(fake, alone, np.empty((400, 0)), kinds)) > 0.5


def test_a_sample_is_the_same_whatever_the_order_and_never_larger_than_asked():
    rows = list(files(300))
    samples = []
    for order in (rows, rows[::-1]):
        sampler = Sampler(largest=20)
        assert list(sampler.watch(order)) == order
        samples.append(sampler.samples())
    assert samples[0] == samples[1]
    assert {source: len(found) for source, found in samples[0].items()} == {"made": 40, "all": 40}


def test_what_is_set_aside_is_not_looked_at():
    rows = [dataclasses.replace(row, split="aside" if row.label != "authentic" else "train") for row in files()]
    assert leaks.leaks(rows) == []


def test_a_source_of_one_class_is_named_as_such():
    sampler = Sampler()
    list(sampler.watch([*files(20), *(record(source="lone", sha256=f"{n:064x}") for n in range(5))]))
    assert one_class_only(sampler.samples()) == ["lone"]
    assert {leak.source for leak in measure(sampler.samples())} == {"all", "made"}


def test_sources_that_differ_only_in_all_are_not_blamed():
    assert leaking([Leak("all", "pixels", 0.9), Leak("a", "pixels", 0.7), Leak("b", "pixels", 0.6)]) == ["a"]


def samples_of(folder, **options):
    sampler = Sampler()
    list(sampler.watch(records_of(write_source(folder, 40, **options))))
    return sampler.samples()


def test_normalising_takes_the_leak_of_compression_away(tmp_path):
    samples = samples_of(tmp_path / "leaking", fake_quality=50)
    before = {leak.trait: leak.auc for leak in measure(samples) if leak.source == "made"}
    after = {leak.trait: leak.auc for leak in measure_normalised(samples, ["made"])}
    assert before["jpeg_table"] == before["together"] == 1.0
    assert after["jpeg_table"] < 0.65
    assert after["jpeg_quality"] < 0.65


def test_a_source_is_normalised_refused_or_only_reported(tmp_path):
    samples = samples_of(tmp_path / "leaking", fake_quality=50)
    samples["alike"] = [row for row in samples["made"] if not row.fake]
    rows = [record(source="made"), record(source="alike")]
    marked, left, same = (
        [(row.source, row.normalise) for row in treatment.apply(treatment.decide(samples, name), rows)]
        for name in treatment.TREATMENTS
    )
    assert marked == [("made", True), ("alike", False)]
    assert left == [("alike", False)]
    assert same == [("made", False), ("alike", False)]


def test_where_every_source_leaks_nothing_is_left_to_train_on(tmp_path):
    with pytest.raises(SourceRefused, match=r"Every source gives its class away .* made by jpeg_table \(1\.00\)"):
        treatment.decide(samples_of(tmp_path / "leaking", fake_quality=50), "refuse")


def test_a_treatment_that_is_none_is_refused():
    with pytest.raises(SourceRefused, match="Use one of normalise, refuse, report"):
        treatment.decide({}, "hope")


def test_what_is_made_of_an_image_changes_the_digest_and_nothing_else_does():
    plain = record()
    changed = [
        dataclasses.replace(plain, **change)
        for change in (
            {"normalise": True},
            {"edit": "blur"},
            {"edit": "blur", "seed": 2},
            {"edit": "blur", "donor": "b"},
        )
    ]
    assert len({digest([row]) for row in [plain, *changed]}) == 5
    told = dataclasses.replace(plain, licence="CC0", mask="m.png", jpeg_table="12345678")
    assert digest([told]) == digest([plain])
