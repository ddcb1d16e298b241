"""Models that are measured on the same images: the run in question, versions in service, the baseline's run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml import config, data, registry
from ml.calibrate import calibrate
from ml.config import ConfigError, Degradation, Experiment
from ml.data import Record
from ml.decide import Rule
from ml.journeys import Journey, degraded
from ml.judged import Judged, judge
from ml.passes import FOLDER, Log, Scorer

EVALUATION, TFLITE = "evaluation.json", "model.tflite"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A model with the rule that its own card or calibration states, and the degradation that all are put through."""

    name: str
    scorer: Scorer
    rule: Rule
    degradation: Degradation

    def judged(self, records: Sequence[Record], what: str, journey: Journey | None = None) -> Judged:
        """Score and judge these records; `what` names the pass in the log."""
        return judge(self.scorer(records, f"{self.name}, {what}", journey), self.rule)

    def degraded(self) -> Journey:
        """The fixed degraded copy of each image, for this model's input."""
        return degraded(self.degradation, self.scorer.size)


def described(run: Path) -> dict[str, Any]:
    """`run.json` of a run.

    Raises:
        OSError: it cannot be read.
    """
    return dict(json.loads((run / "run.json").read_text("utf-8")))


def of_run(run: Path, manifest: Path, log: Log) -> tuple[Contestant, Experiment, dict[str, Any]]:
    """A finished run, calibrated on the validation images of its manifest, with its experiment and its decision.

    Raises:
        OSError: the run lacks a file.
        ConfigError: the manifest holds no validation image of its sources.
    """
    experiment = config.from_dict(described(run)["experiment"])
    everything = data.select(manifest, experiment, "validation")
    records = data.thinned(everything, experiment.judgement.calibration_images)
    if not records:
        raise ConfigError(f"{manifest.name} holds no validation image of the sources that {run.name} was trained on.")
    scorer = _scorer(run, experiment.network.input_size, run, log)
    journeys = (None, degraded(experiment.degradation, scorer.size))
    names = ("validation, as it is", "validation, degraded")
    predictions = [scorer(records, name, journey) for name, journey in zip(names, journeys, strict=True)]
    decision = calibrate(predictions, experiment.judgement, experiment.training.emphasis)
    rule = Rule.from_card({"classes": experiment.network.classes, "decision": decision})
    return Contestant(run.name, scorer, rule, experiment.degradation), experiment, decision


def of_baseline(run: Path, beside: Path, like: Contestant, log: Log) -> Contestant:
    """Another run with the decision of its own `evaluation.json`; its predictions are kept in the run `beside`.

    Raises:
        OSError: the run lacks a file, or was not evaluated yet.
        ConfigError: it was evaluated by a program whose rule is no longer known.
    """
    network = described(run)["experiment"]["network"]  # not the whole, whose keys may be those of an earlier program
    evaluation = json.loads((run / EVALUATION).read_text("utf-8"))
    try:
        rule = Rule.from_card({"classes": network["classes"], "decision": evaluation["decision"]})
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{run.name} was evaluated by an earlier program: run evaluate_model on it again.") from error
    return Contestant(run.name, _scorer(run, int(network["input_size"]), beside, log), rule, like.degradation)


def of_version(folder: Path, beside: Path, like: Contestant, log: Log) -> Contestant:
    """A registered version with the decision of its card; its predictions are kept in the run `beside`.

    Raises:
        ModelRefused: the folder holds no sound version.
    """
    version = registry.read(folder)
    size = int(version.card["recipe"]["input_size"])
    scorer = Scorer(version.content, size, beside / FOLDER, log)
    return Contestant(str(version.card["version"]), scorer, Rule.from_card(version.card), like.degradation)


def _scorer(run: Path, size: int, beside: Path, log: Log) -> Scorer:
    return Scorer((run / TFLITE).read_bytes(), size, beside / FOLDER, log)
