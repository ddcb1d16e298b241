"""What the model is worth on images that it never saw: each source by itself, false alarms first."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ml import config, data, metrics
from ml.calibrate import calibrate
from ml.config import Experiment
from ml.data import Record
from ml.decide import Rule, decide
from ml.predict import Predictions, predict
from ml.runtime import Runtime

EVALUATION, TFLITE = "evaluation.json", "model.tflite"
Log = Callable[[str], None]


def evaluate(run: Path, manifest: Path, never_trained: Sequence[Path], log: Log = print) -> dict[str, Any]:
    """Calibrate a run on its validation images, measure it on its test images, and write `evaluation.json`.

    `never_trained` are manifests of sources that no side of the training saw: all of their images are measured.
    """
    description = json.loads((run / "run.json").read_text("utf-8"))
    experiment = config.from_dict(description["experiment"])
    runtime = Runtime((run / TFLITE).read_bytes())
    validation = _both(runtime, experiment, data.select(manifest, experiment, "validation"), log)
    decision = calibrate(validation, experiment.judgement)
    rule = Rule.from_card({"classes": experiment.network.classes, "decision": decision})
    clean, degraded = _both(runtime, experiment, data.select(manifest, experiment, "test"), log)
    report = {
        "decision": decision,
        "test": by_source(clean, rule),
        "test_degraded": by_source(degraded, rule),
        "never_trained": _never_trained(runtime, experiment, never_trained, rule, log),
    }
    (run / EVALUATION).write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return report


def by_source(predictions: Predictions, rule: Rule) -> dict[str, dict[str, Any]]:
    """Figures of each source and, where there are several, of "all"."""
    sources = sorted(set(predictions.sources.tolist()))
    result = {name: figures(predictions.only(predictions.sources == name), rule) for name in sources}
    return result | {"all": figures(predictions, rule)} if len(sources) > 1 else result


def figures(predictions: Predictions, rule: Rule) -> dict[str, Any]:
    """Every figure of one set of images; those that need both classes are absent where there is one.

    `accuracy` counts an inconclusive verdict as an error; `accuracy_at_threshold` ignores abstention.
    """
    fake, score = predictions.fake, predictions.score(rule.temperature, rule.offset)
    labels = verdicts(predictions, rule)
    result: dict[str, Any] = {"images": len(fake), "inconclusive": float((labels == "inconclusive").mean())}
    result |= _authentic_side(labels[~fake], score[~fake], rule) | _fake_side(labels[fake], score[fake], rule)
    result["accuracy"] = float(((labels != "authentic") == fake)[labels != "inconclusive"].sum() / len(fake))
    result["accuracy_at_threshold"] = float(((score >= rule.threshold) == fake).mean())
    result["brier"] = metrics.brier(fake, score)
    result["flips"] = flips(predictions, rule)
    return result | (_both_sides(fake, score, rule) if len(set(fake.tolist())) == 2 else {})


def verdicts(predictions: Predictions, rule: Rule) -> npt.NDArray[np.str_]:
    """The label that a person would be shown for each image."""
    return np.array(
        [
            decide(logits, record.width, record.height, rule).label
            for record, logits in zip(predictions.records, predictions.logits, strict=True)
        ]
    )


def flips(predictions: Predictions, rule: Rule) -> dict[str, float]:
    """Share of images whose side of the threshold changes after one re-encoding, judged by that view alone."""
    above = predictions.score_by_view(rule.temperature, rule.offset) >= rule.threshold
    return {
        "jpeg75": float((above[:, 0] != above[:, 1]).mean()),
        "half_size": float((above[:, 0] != above[:, 2]).mean()),
    }


def share(hits: int, total: int) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson, 1927), which holds at 0 of n too."""
    z, p = 1.96, hits / total
    centre, spread = p + z * z / (2 * total), z * np.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    interval = [max(0.0, float((centre - spread) / scale)), min(1.0, float((centre + spread) / scale))]
    return {"value": p, "interval": interval, "hits": hits, "of": total}


def _authentic_side(labels: npt.NDArray[np.str_], score: npt.NDArray[np.float64], rule: Rule) -> dict[str, Any]:
    if not len(labels):
        return {}
    called_fake = int(((labels != "authentic") & (labels != "inconclusive")).sum())
    return {
        "false_alarms": share(called_fake, len(labels)),
        "false_alarms_at_threshold": share(int((score >= rule.threshold).sum()), len(labels)),
    }


def _fake_side(labels: npt.NDArray[np.str_], score: npt.NDArray[np.float64], rule: Rule) -> dict[str, Any]:
    if not len(labels):
        return {}
    return {
        "missed": share(int((labels == "authentic").sum()), len(labels)),
        "missed_at_threshold": share(int((score < rule.threshold).sum()), len(labels)),
    }


def _both_sides(fake: npt.NDArray[np.bool_], score: npt.NDArray[np.float64], rule: Rule) -> dict[str, Any]:
    above = score >= rule.threshold
    return {
        "balanced_accuracy": float((above[fake].mean() + (~above[~fake]).mean()) / 2),
        "auc": metrics.auc(fake, score),
        "auc_interval": metrics.interval(metrics.auc, fake, score),
        "calibration_error": metrics.expected_calibration_error(fake, score),
        "confusion": {
            "authentic": {"authentic": int((~above & ~fake).sum()), "fake": int((above & ~fake).sum())},
            "fake": {"authentic": int((~above & fake).sum()), "fake": int((above & fake).sum())},
        },
    }


def _never_trained(
    runtime: Runtime, experiment: Experiment, manifests: Sequence[Path], rule: Rule, log: Log
) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = {}
    for manifest in manifests:
        records = list(data.read(manifest))
        log(f"{manifest.name}: {len(records)} images")
        result |= by_source(predict(runtime, experiment, records), rule)
    return result


def _both(runtime: Runtime, experiment: Experiment, records: list[Record], log: Log) -> list[Predictions]:
    """Predictions of images as they are, and of a degraded copy of each."""
    log(f"{len(records)} images, as they are and degraded")
    return [predict(runtime, experiment, records, degraded=degraded) for degraded in (False, True)]
