"""Distances of made features: near for what is like the validation images, far for what is not, and whole in a card."""

import json

import numpy as np
import pytest

from ml import familiar
from ml.familiar import Familiar, FamiliarityError

CLASSES = ("authentic", "ai_generated", "manipulated")


def made(images: int = 900, features: int = 64, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Rectified features of three classes that share ten directions of variation."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 3, images)
    shared = np.random.default_rng(1)
    means, directions = shared.uniform(1, 3, (3, features)), shared.normal(0, 0.3, (10, features))
    values = means[places] + rng.normal(size=(images, 10)) @ directions + rng.normal(0, 0.1, (images, features))
    return np.maximum(values, 0) ** 2, [CLASSES[place] for place in places]


@pytest.fixture(scope="module")
def fitted() -> Familiar:
    return familiar.fit(*made())


def test_at_most_the_wanted_share_of_validation_images_is_unfamiliar(fitted):
    features, _ = made()
    assert (fitted.distances(features) > fitted.limit).mean() <= familiar.SHARE


def test_new_images_of_the_same_kind_are_familiar(fitted):
    features, _ = made(images=2000, seed=5)
    assert (fitted.distances(features) > fitted.limit).mean() <= 2 * familiar.SHARE
    assert np.median(fitted.distances(features)) == pytest.approx(1, abs=0.1)


def test_a_limit_from_images_that_took_part_in_the_fit_would_be_too_low():
    features, labels = made(images=200, features=120)
    fitted = familiar.fit(features, labels)
    assert fitted.limit > np.quantile(fitted.distances(features), 1 - familiar.SHARE)


def test_features_off_every_known_direction_are_unfamiliar(fitted):
    features, _ = made(images=100, seed=6)
    strange = np.sqrt(features) + np.random.default_rng(2).normal(0, 0.6, features.shape)
    assert (fitted.distances(np.maximum(strange, 0) ** 2) > fitted.limit).mean() > 0.95


def test_features_far_along_a_known_direction_are_unfamiliar(fitted):
    known = np.random.default_rng(1)
    means, directions = known.uniform(1, 3, (3, 64)), known.normal(0, 0.3, (10, 64))
    far = np.maximum(means[0] + 9 * directions[0], 0) ** 2
    assert fitted.complaint(far) == familiar.COMPLAINT
    assert fitted.complaint(means[0] ** 2) is None


def test_the_nearest_class_counts(fitted):
    means = np.random.default_rng(1).uniform(1, 3, (3, 64))
    assert all(fitted.distance(mean**2) < 0.5 for mean in means)
    assert fitted.distance(means.mean(axis=0) ** 2) > fitted.limit


def test_a_card_carries_it_whole_and_small(fitted):
    card = json.loads(json.dumps(fitted.to_card()))
    again = Familiar.from_card(card)
    features, _ = made(images=50, seed=7)
    assert np.array_equal(again.distances(features), fitted.distances(features))
    assert again.limit == fitted.limit
    assert len(json.dumps(familiar.fit(*made(features=256)).to_card())) < 16_000


def test_the_same_images_give_the_same_fit(fitted):
    assert familiar.fit(*made()).to_card() == fitted.to_card()


def test_all_copies_of_a_picture_are_held_out_together():
    features, labels = made(images=200, features=120)
    twice, names = np.concatenate([features, features]), labels * 2
    groups = [str(n) for n in range(200)] * 2
    assert familiar.fit(twice, names, groups).limit > familiar.fit(twice, names).limit


def test_a_feature_that_never_moves_divides_by_nothing():
    features, labels = made()
    features[:, :30] = 0
    fitted = familiar.fit(features, labels)
    assert np.isfinite(fitted.distances(features)).all()


def test_features_that_are_no_numbers_are_never_familiar(fitted):
    assert fitted.complaint(np.full(64, np.nan)) == familiar.COMPLAINT
    assert fitted.complaint(np.full(64, np.inf)) == familiar.COMPLAINT


def test_another_number_of_features_is_refused(fitted):
    with pytest.raises(FamiliarityError, match="has 63 features, and 64 were fitted"):
        fitted.distance(np.ones(63))


@pytest.mark.parametrize(
    ("images", "features", "sentence"), [(79, 64, "79 images are too few"), (200, 16, "16 features are too few")]
)
def test_too_little_to_learn_from_is_refused(images, features, sentence):
    with pytest.raises(FamiliarityError, match=sentence):
        familiar.fit(*made(images, features))


def test_a_broken_model_is_not_learned_from():
    features, labels = made()
    features[3, 3] = np.nan
    with pytest.raises(FamiliarityError, match="no finite numbers"):
        familiar.fit(features, labels)


@pytest.mark.parametrize(
    "damage",
    [
        {"means": None}, {"basis": {"shape": [3, 3], "half": "AAAA"}}, {"basis": {"shape": [2], "half": "!!"}},
        {"rest": 0}, {"rest": float("nan")}, {"limit": float("nan")}, {"limit": "far"},
        {"means": {"shape": [1, 3], "half": "AAAAAAAA"}}, {"means": {"shape": [1, 64], "half": "AH4A" * 42 + "AHw="}},
    ],
)  # fmt: skip
def test_a_damaged_card_is_refused(fitted, damage):
    with pytest.raises(FamiliarityError, match="card"):
        Familiar.from_card({**fitted.to_card(), **damage})
    with pytest.raises(FamiliarityError, match="card"):
        Familiar.from_card({})


def test_the_limit_holds_for_each_kind_by_itself():
    rng = np.random.default_rng(4)
    plain, varied = rng.normal(size=(900, 24)), rng.normal(size=(100, 24)) * 3
    features, labels = np.concatenate([plain, varied]), ["authentic"] * 1000
    kinds = ["plain"] * 900 + ["varied"] * 100
    together, apart = familiar.fit(features, labels), familiar.fit(features, labels, None, kinds)
    flagged = [(model.distances(varied) > model.limit).mean() for model in (together, apart)]
    assert flagged[0] > 2 * flagged[1]
    assert flagged[1] <= 0.03
