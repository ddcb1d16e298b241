"""The model card, composed from a finished run; `card_text` tells it to people."""

import csv
import datetime
import json
import os
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ml.card_text import render
from ml.config import ConfigError
from ml.decide import VIEWS

__all__ = ["RunIncomplete", "compose", "render"]
_LIBRARIES = ("tensorflow", "keras", "numpy", "pillow", "pillow-heif", "ai-edge-litert")
_ALWAYS = (
    "A verdict is a statistical judgement, never proof; \"no sign found\" does not make a picture authentic.",
    "Generators, cameras and edits that are in none of the sets named here were not tested, and results on them may "
    "be no better than chance.",
)  # fmt: skip
_COMPARED = (
    "images", "sha256", "fakes", "false_alarms", "missed", "inconclusive", "accuracy", "accuracy_interval",
    "balanced_accuracy", "balanced_accuracy_interval", "auc", "auc_interval",
)  # fmt: skip


class RunIncomplete(ConfigError):
    """The run has not been trained, exported or evaluated yet."""


def compose(run: Path) -> dict[str, Any]:
    """The card of a run that was trained and evaluated, without version and digests, which the registry adds.

    Raises:
        RunIncomplete: `run.json` or `evaluation.json` is missing.
    """
    try:
        described = json.loads((run / "run.json").read_text("utf-8"))
        evaluation = json.loads((run / "evaluation.json").read_text("utf-8"))
    except OSError as error:
        raise RunIncomplete(f"{run.name} is not ready ({error.strerror}): train and evaluate it first.") from error
    experiment = described["experiment"]
    return {
        "name": experiment["name"],
        "description": experiment["description"],
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "classes": experiment["network"]["classes"],
        "recipe": _recipe(experiment),
        "decision": evaluation["decision"],
        "metrics": _trimmed(evaluation),
        "data": {"sha256": described["data_sha256"], "images": described["images"]},
        "terms": experiment["terms"],
        "limits": [*_ALWAYS, *experiment["limits"]],
        "training": _training(run),
        **({"start": described["start"]} if "start" in described else {}),
        "export_difference": described.get("export_difference"),
        "experiment": experiment,
        "libraries": dict(_versions()),
        **_signals(run),
        "machine": f"{os.cpu_count()} processor cores ({platform.machine()}), no accelerator used",
    }


def _training(run: Path) -> dict[str, Any]:
    with (run / "history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {"epochs": len(rows), "seconds": round(sum(float(row["seconds"]) for row in rows)), "history": rows}


def _signals(run: Path) -> dict[str, Any]:
    """What `measure_signals` found: weights of the ledger's signals, and what they gain; none where it has not run."""
    path = run / "signals.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def _recipe(experiment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "input_size": experiment["network"]["input_size"],
        "range": [0, 255],
        "colour": "RGB",
        "decode": "upright, transparency on white, power-of-two scale that keeps twice the input size",
        "resize": "Pillow bilinear, antialiased, to a square",
        "views": list(VIEWS),
        "combined_by": "mean of the logits",
    }


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", platform.python_version()
    for name in _LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _trimmed(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """What a card needs of an evaluation: each process of the site holds it in memory."""
    measured = {name: part for name, part in evaluation.items() if name != "decision"}
    if "robustness" in measured:
        measured["robustness"] = _without(measured["robustness"], "sources")
    if "against" in measured:
        measured["against"] = {name: _compared(other) for name, other in measured["against"].items()}
    if "baseline" in measured:
        measured["baseline"] = _compared(measured["baseline"])
    return measured


def _compared(other: Mapping[str, Any]) -> dict[str, Any]:
    """Another model's figures, cut to what is shown beside this one's and to what a promotion weighs."""
    return {
        name: part
        if name == "difference" or not isinstance(part, Mapping)
        else {source: {key: row[key] for key in _COMPARED if key in row} for source, row in part.items()}
        for name, part in other.items()
    }


def _without(value: Any, name: str) -> Any:
    """The same without any entry of this name, however deep."""
    if isinstance(value, Mapping):
        return {key: _without(part, name) for key, part in value.items() if key != name}
    return [_without(part, name) for part in value] if isinstance(value, list) else value
