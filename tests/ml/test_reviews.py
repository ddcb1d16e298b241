"""Going on from a model in service: which experiment, which mixture, and what is refused."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from ml import balance, config, data, recipes, registry, reviews
from ml.config import ConfigError
from ml.registry import ModelRefused
from tests.ml.making import record, records_of, write_source

OLD, NEW = "faces140k", "reviews"
quiet = {"log": lambda line: None}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reviewed")


@pytest.fixture(scope="module")
def old(folder):
    data.write(folder / "old.jsonl", records_of(write_source(folder / "old", count=30), OLD))
    return folder / "old.jsonl"


@pytest.fixture(scope="module")
def new(folder):
    data.write(folder / "new.jsonl", records_of(write_source(folder / "new", count=10, first=500), NEW))
    return folder / "new.jsonl"


@pytest.fixture
def plan(old, new, tmp_path):
    return reviews.plan(registry.shipped(), new, old, tmp_path, **quiet)


def test_what_the_recipe_does_not_name_stays_as_the_version_was_trained(plan):
    before = config.from_dict(registry.read(registry.shipped()).card["experiment"])
    recipe = config.read(recipes.FOLDER / "reviews.toml")
    assert plan.experiment.network == before.network
    assert plan.experiment.degradation == before.degradation
    assert plan.experiment.judgement == before.judgement
    assert plan.experiment.training.mask_weight == before.training.mask_weight
    assert plan.experiment.training.learning_rate == recipe["training"]["learning_rate"]
    assert plan.experiment.training.epochs == recipe["training"]["epochs"]
    assert plan.start == registry.shipped() / "model.keras"


def test_old_and_new_are_mixed_and_the_old_sources_keep_their_names(plan):
    sources = {one.source for one in data.read(plan.manifest)}
    assert sources == {OLD, NEW}
    assert plan.experiment.training.sources[-1] == NEW
    assert OLD in plan.experiment.training.sources
    assert plan.experiment.reviews.sources == (NEW,)


def test_of_the_old_images_to_learn_from_only_so_many_come_along(old, new, tmp_path):
    values = config.read(recipes.FOLDER / "reviews.toml") | {"reviews": {"old_images": 3}}
    made = reviews.plan(registry.shipped(), new, old, tmp_path, values=values, **quiet)
    mixed = [one for one in data.read(made.manifest) if one.source == OLD]
    learned = [one.label for one in mixed if one.split == "train"]
    assert sorted(learned) == ["ai_generated"] * 3 + ["authentic"] * 3
    kept = [one for one in data.read(old) if one.split in ("validation", "test")]
    assert len(mixed) - 6 == len(kept)


def test_card_and_run_are_told_where_it_comes_from(plan):
    version = registry.read(registry.shipped())
    start = plan.about["start"]
    assert (start["version"], start["sha256"]) == (version.card["version"], version.sha256)
    assert (start["new"], start["share"]) == (20, 0.3)
    assert start["same_old_data"] is False
    assert "Then fine-tuned from" in plan.experiment.description
    assert not [one for one in plan.experiment.limits if "alone" in one and "forgotten" in one]


def test_a_second_fine_tuning_does_not_tell_of_the_first_twice(plan, tmp_path):
    again = {"experiment": config.to_dict(plan.experiment), "version": "2031.1.1"}
    told = reviews._told(plan.experiment, again, [record(source=NEW)], alone=False)
    assert told.description.count("Then fine-tuned from") == 1
    assert "2031.1.1" in told.description


def test_the_same_old_data_are_known_by_their_digest(old, new, folder, tmp_path):
    version = registry.read(registry.shipped())
    known = reviews._digest(old, version.card["experiment"])
    copy = shutil.copytree(registry.shipped(), folder / "same")
    card = json.loads((copy / "card.json").read_text())
    card["data"]["sha256"] = known
    (copy / "card.json").write_text(json.dumps(card))
    assert reviews.plan(copy, new, old, tmp_path, **quiet).about["start"]["same_old_data"] is True


def test_on_the_reviews_alone_it_is_short_slow_and_the_card_warns(old, folder, tmp_path):
    data.write(tmp_path / "many.jsonl", records_of(folder / "old", NEW))
    plan = reviews.plan(registry.shipped(), tmp_path / "many.jsonl", None, tmp_path / "run", **quiet)
    assert (plan.experiment.training.epochs, plan.experiment.training.learning_rate) == (2, 1e-4)
    assert plan.experiment.training.sources == (NEW,)
    assert plan.experiment.limits[0].startswith("Fine-tuned on 60 reviewed images alone")
    assert (plan.about["start"]["old"], plan.about["start"]["same_old_data"]) == (0, None)


def test_a_new_image_that_looks_like_an_old_one_of_another_side_is_set_aside(old, tmp_path):
    test = next(one for one in data.read(old) if one.split == "test")
    train = next(one for one in data.read(old) if one.split == "train")
    twins = [
        dataclasses.replace(test, source=NEW, split="train"),
        dataclasses.replace(train, source=NEW, split="test"),
        dataclasses.replace(train, source=NEW, split="train"),
    ]
    data.write(tmp_path / "twins.jsonl", twins)
    plan = reviews.plan(registry.shipped(), tmp_path / "twins.jsonl", old, tmp_path / "run", **quiet)
    assert [one.split for one in data.read(plan.manifest) if one.source == NEW] == ["aside", "aside", "train"]


def test_old_images_that_are_gone_are_told_with_the_way_out(old, new, tmp_path):
    moved = [dataclasses.replace(one, path=f"/nowhere/{one.sha256}.jpg") for one in data.read(old)]
    data.write(tmp_path / "moved.jsonl", moved)
    with pytest.raises(ConfigError, match=r"old images are gone, such as /nowhere/.*--only-new"):
        reviews.plan(registry.shipped(), new, tmp_path / "moved.jsonl", tmp_path / "run", **quiet)


def test_old_data_of_other_sources_are_no_old_data(new, folder, tmp_path):
    data.write(tmp_path / "other.jsonl", records_of(folder / "old", "holidays"))
    with pytest.raises(ConfigError, match="holds no training image of the sources that it was trained on"):
        reviews.plan(registry.shipped(), new, tmp_path / "other.jsonl", tmp_path / "run", **quiet)


def test_a_list_that_was_not_prepared_is_told_so(old, tmp_path):
    (tmp_path / "raw.jsonl").write_text(json.dumps({"path": "a.jpg", "label": "authentic", "agreement": 1.0}) + "\n")
    with pytest.raises(ConfigError, match=r"run `manage\.py prepare_dataset reviews=.*raw\.jsonl"):
        reviews.plan(registry.shipped(), tmp_path / "raw.jsonl", old, tmp_path / "run", **quiet)


def test_reviews_that_are_all_to_measure_with_are_too_few(old, tmp_path):
    data.write(tmp_path / "few.jsonl", [record(source=NEW, split="test")])
    with pytest.raises(ConfigError, match="None of the 1 reviewed images is on the training side"):
        reviews.plan(registry.shipped(), tmp_path / "few.jsonl", old, tmp_path / "run", **quiet)


def test_reviews_of_one_class_alone_cannot_be_calibrated_and_that_is_said_before_training(new, old, tmp_path):
    only = [one for one in data.read(new) if one.label == "authentic"]
    data.write(tmp_path / "only.jsonl", only)
    with pytest.raises(ConfigError, match="too little to measure with"):
        reviews.plan(registry.shipped(), tmp_path / "only.jsonl", None, tmp_path / "alone", **quiet)
    assert reviews.plan(registry.shipped(), tmp_path / "only.jsonl", old, tmp_path / "mixed", **quiet)


def test_a_version_without_its_keras_model_cannot_be_gone_on_from(old, new, folder, tmp_path):
    bare = shutil.copytree(registry.shipped(), folder / "bare")
    (bare / "model.keras").unlink()
    with pytest.raises(ConfigError, match=r"has no model\.keras"):
        reviews.plan(bare, new, old, tmp_path, **quiet)
    with pytest.raises(ModelRefused):
        reviews.plan(folder, new, old, tmp_path, **quiet)


@pytest.mark.parametrize("share", [0.0, 1.0, 1.5])
def test_a_share_of_nothing_or_everything_is_refused(share):
    with pytest.raises(ConfigError, match="must lie between 0 and 1"):
        config.from_dict({"name": "a", "reviews": {"share": share}})


LABELS = ["authentic", "ai_generated"] * 50


def shares(labels, sources, share):
    weights = balance.mixed(labels, sources, None, {NEW}, share)
    fresh, fake = np.array(sources) == NEW, np.array(labels) != "authentic"
    return float(weights.sum()), float(weights[fresh].sum()), float(weights[fake].sum())


def test_new_images_have_their_share_of_an_epoch_however_few_they_are():
    sources = [NEW] * 4 + [OLD] * 96
    assert shares(LABELS, sources, 0.3) == pytest.approx((1.0, 0.3, 0.5))


def test_where_the_new_ones_are_of_one_class_the_old_ones_make_up_for_it():
    labels, sources = ["authentic"] * 10 + LABELS, [NEW] * 10 + [OLD] * 100
    assert shares(labels, sources, 0.3) == pytest.approx((1.0, 0.3, 0.5))
    assert shares(labels, sources, 0.7) == pytest.approx((1.0, 0.7, 0.3))


def test_new_images_alone_are_everything():
    assert shares(LABELS, [NEW] * 100, 0.3) == pytest.approx((1.0, 1.0, 0.5))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--from-reviews", "n"], "learns from the reviews alone forgets"),
        (["--from-reviews", "n", "--only-new", "--data", "d"], "Either --only-new or the old data"),
        (["--only-new", "--data", "d", "--recipe", "quick"], "belong to --from-reviews"),
        (["--data", "d"], "Say what to train"),
        (["--recipe", "reviews", "--data", "d"], "Say what to train"),
        (["--recipe", "quick"], "Say with --data"),
    ],
)
def test_the_command_says_what_is_missing(words, sentence, tmp_path, db):
    pytest.importorskip("tensorflow")
    with pytest.raises(CommandError, match=sentence):
        call_command("train_model", *words, "--out", str(tmp_path))
