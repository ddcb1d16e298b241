"""Going on from a model in service with what people decided: which experiment, on which mixture of old and new.

A model that learns from new pictures alone forgets the old ones. So a part of what it was trained on comes along, and
where that is not at hand the run must be asked for in so many words, is short and slow, and its card says so.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml import config, data, recipes, registry
from ml.config import ConfigError, Experiment
from ml.data import LABELS, Record
from ml.near import NEAR
from ml.passes import Log
from ml.split import ASIDE, SPLITS

RECIPE, MIXED = "reviews", "mixed.jsonl"
_TRAIN = SPLITS[0]
_THEN = " Then fine-tuned"  # what earlier fine-tunings wrote; a chain of them is told by the cards
_ALONE = (
    "Fine-tuned on {count} reviewed images alone, without those that {version} was trained on: it may have forgotten "
    "what it knew of other pictures."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What `train` is to do: the experiment, its manifest, the model to start from, and what is told of it."""

    experiment: Experiment
    manifest: Path
    start: Path | str | None
    about: Mapping[str, Any]


def plan(
    served: Path, new: Path, old: Path | None, out: Path, *, values: Mapping[str, Any] | None = None, log: Log = print
) -> Plan:
    """Go on from the version in the folder `served` with the prepared manifest `new`; without `old`, on that alone.

    `values` are those of an experiment's file, by default the recipe's; what they do not name stays as it was when the
    version was trained. The mixture is written into the folder `out`.

    Raises:
        ConfigError: a manifest is none or holds too little, the old images are gone, or nothing can go on from there.
        ModelRefused: the folder holds no sound version.
    """
    version = registry.read(served)
    if not (served / registry.KERAS).is_file():
        raise ConfigError(f"Version {version.card['version']} has no {registry.KERAS}: nothing can go on from it.")
    base = version.card["experiment"]
    experiment = config.over(base, config.read(recipes.FOLDER / f"{RECIPE}.toml") if values is None else values)
    fresh = _fresh(new, experiment)
    kept = _kept(old, experiment, fresh) if old else []
    experiment = _told(_mixing(experiment, fresh, alone=not old), version.card, fresh, alone=not old)
    fresh = list(_apart(fresh, kept))
    learned = sum(record.split == _TRAIN for record in fresh)
    if not learned:
        raise ConfigError(f"None of the {len(fresh)} reviewed images is on the training side: review some more first.")
    _check_measures([*kept, *fresh])
    log(f"{learned} reviewed images to learn from, {len(fresh) - learned} to measure with or set aside.")
    data.write(out / MIXED, [*kept, *fresh])
    _hand_on_weights(version.card, out)
    return Plan(experiment, out / MIXED, served / registry.KERAS, _about(version, experiment, fresh, kept, old, log))


def _check_measures(records: Sequence[Record]) -> None:
    """Whether there is enough to calibrate and to measure with: told now, and not after hours of training."""
    sides = {name: {one.label == LABELS[0] for one in records if one.split == name} for name in SPLITS}
    if len(sides["validation"]) < 2 or not sides["test"]:
        raise ConfigError(
            "There is too little to measure with: the validation side needs authentic images and fakes, the test side "
            "an image. Review more, or bring the old data."
        )


def _hand_on_weights(card: Mapping[str, Any], out: Path) -> None:
    """What the evidence weighs was measured of the signals, not of the network, and holds until it is measured anew."""
    path = out / "signals.json"
    if "signals" in card and not path.is_file():
        path.write_text(json.dumps({"signals": card["signals"]}, indent=1), "utf-8")


def _fresh(manifest: Path, experiment: Experiment) -> list[Record]:
    classes = experiment.network.classes
    try:
        found = [record for record in data.read(manifest) if record.label in classes]
    except (TypeError, json.JSONDecodeError) as error:
        advice = f"run `manage.py prepare_dataset reviews={manifest} --out …` first."
        raise ConfigError(f"{manifest} is no manifest of prepare_dataset: {advice}") from error
    if not found:
        raise ConfigError(f"{manifest} holds no image of the classes {', '.join(classes)}.")
    return found


def _kept(manifest: Path, experiment: Experiment, fresh: Sequence[Record]) -> list[Record]:
    """The old images: all to validate and test with, of those to learn from as many as the experiment says."""
    new, known = {record.source for record in fresh}, experiment.training.sources
    wanted = [
        record
        for record in data.read(manifest)
        if record.label in experiment.network.classes
        and record.split != ASIDE
        and record.source not in new
        and (not known or record.source in known)
    ]
    learned = data.thinned([one for one in wanted if one.split == _TRAIN], experiment.reviews.old_images)
    if not learned:
        raise ConfigError(_not_at_hand(f"{manifest} holds no training image of the sources that it was trained on"))
    kept = [*learned, *(one for one in wanted if one.split != _TRAIN)]
    if gone := [record.path for record in kept if not Path(record.path).is_file()]:
        raise ConfigError(_not_at_hand(f"{len(gone)} of {len(kept)} old images are gone, such as {gone[0]}"))
    return kept


def _not_at_hand(what: str) -> str:
    return f"{what}. Bring the old data back, or fine-tune on the reviews alone with --only-new."


def _mixing(experiment: Experiment, fresh: Sequence[Record], *, alone: bool) -> Experiment:
    """The experiment with its new sources; on those alone it is short and slow."""
    training, reviews = experiment.training, experiment.reviews
    new = tuple(sorted({record.source for record in fresh}))
    known = training.sources if not alone else ()
    sources = tuple(dict.fromkeys((*known, *new))) if known or alone else ()
    changed: dict[str, Any] = {"sources": sources}
    if alone:
        changed["epochs"] = min(training.epochs, reviews.alone_epochs)
        changed["learning_rate"] = min(training.learning_rate, reviews.alone_learning_rate)
    return dataclasses.replace(
        experiment,
        training=dataclasses.replace(training, **changed),
        reviews=dataclasses.replace(reviews, sources=new),
    )


def _told(experiment: Experiment, card: Mapping[str, Any], fresh: Sequence[Record], *, alone: bool) -> Experiment:
    """Description, terms and limits as the card will tell them."""
    version, before = str(card["version"]), card["experiment"]
    described = str(before.get("description", "")).partition(_THEN)[0]
    then = f"{_THEN} from {version} with {len(fresh)} images that people of one installation reviewed."
    limits = [one for one in (*before.get("limits", ()), *experiment.limits) if not one.startswith(_ALONE[:12])]
    warning = [_ALONE.format(count=len(fresh), version=version)] if alone else []
    terms = {record.source: record.licence or "as their owners agreed" for record in fresh}
    return dataclasses.replace(
        experiment,
        description=described + then,
        limits=tuple(dict.fromkeys([*warning, *limits])),
        terms=dict(before.get("terms", {})) | experiment.terms | terms,
    )


def _apart(fresh: Sequence[Record], kept: Sequence[Record]) -> Iterator[Record]:
    """What looks like an old image of another side is set aside: sides of old images never change."""
    hashes = np.array([int(one.phash, 16) for one in kept], dtype=np.uint64)
    sides = np.array([one.split for one in kept], dtype=str)
    for record in fresh:
        near = np.bitwise_count(hashes ^ np.uint64(int(record.phash, 16))) <= NEAR
        yield dataclasses.replace(record, split=ASIDE) if (sides[near] != record.split).any() else record


def _about(
    version: registry.Version,
    experiment: Experiment,
    fresh: Sequence[Record],
    kept: Sequence[Record],
    old: Path | None,
    log: Log,
) -> dict[str, Any]:
    """What `run.json` and the card say of where the run comes from."""
    known = version.card.get("data", {}).get("sha256")
    same = bool(old) and _digest(old, version.card["experiment"]) == known if old else None
    if same is False:
        log(f"The old data are not exactly those that {version.card['version']} was trained on; the card says so.")
    start = {"version": version.card["version"], "sha256": version.sha256, "new": len(fresh)}
    start |= {"old": sum(one.split == _TRAIN for one in kept), "same_old_data": same}
    return {"start": start | ({"share": experiment.reviews.share} if old else {})}


def _digest(manifest: Path, base: Mapping[str, Any]) -> str:
    """As `train` took it of the version's own sides."""
    experiment = config.from_dict(dict(base))
    training, validation = (data.select(manifest, experiment, side) for side in SPLITS[:2])
    return data.digest([*training, *data.thinned(validation, experiment.training.validation_images)])
