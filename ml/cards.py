"""The model card: composed from a finished run, told to people from its JSON alone."""

import csv
import datetime
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ml.config import ConfigError
from ml.decide import VIEWS

_LIBRARIES = ("tensorflow", "keras", "numpy", "pillow", "pillow-heif", "ai-edge-litert")
_ALWAYS = (
    "A verdict is a statistical judgement, never proof; \"no sign found\" does not make a picture authentic.",
    "Generators, cameras and edits that are in none of the sets named here were not tested, and results on them may "
    "be no better than chance.",
)  # fmt: skip
Card = Mapping[str, Any]


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
        "decision": evaluation.pop("decision"),
        "metrics": evaluation,
        "data": {"sha256": described["data_sha256"], "images": described["images"]},
        "terms": experiment["terms"],
        "limits": [*_ALWAYS, *experiment["limits"]],
        "training": _training(run),
        "export_difference": described.get("export_difference"),
        "experiment": experiment,
        "libraries": dict(_versions()),
        "machine": f"{os.cpu_count()} processor cores ({platform.machine()}), no accelerator used",
    }


def render(card: Card) -> str:
    """MODEL_CARD.md, from the card's JSON alone."""
    return "\n".join(_lines(card)) + "\n"


def _training(run: Path) -> dict[str, Any]:
    with (run / "history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {"epochs": len(rows), "seconds": round(sum(float(row["seconds"]) for row in rows)), "history": rows}


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


def _lines(card: Card) -> Iterator[str]:
    yield f"# Model card: {card['version']}"
    yield f"\n{card['description']}"
    yield f"\nClasses: {', '.join(card['classes'])}. Made {card['created'][:10]} on {card['machine']}"
    yield f"in {_minutes(card['training']['seconds'])}, {card['training']['epochs']} epochs."
    yield "\n## False alarms on photographs, first"
    yield "\nShare of authentic photographs that are called fake, with 95 % intervals."
    yield "Sets marked † were never trained on."
    yield from _false_alarms(card["metrics"])
    yield "\n## Test images, by source"
    yield from _accuracy(card["metrics"]["test"])
    yield "\nThe same images, each degraded once (crop, shrink, blur, JPEG 50 to 95):"
    yield from _accuracy(card["metrics"]["test_degraded"])
    yield "\n`accuracy` counts an inconclusive verdict as an error; `at threshold` calls every image."
    yield from _confusion(card["metrics"]["test"])
    yield "\n## How it decides"
    yield from _decision(card)
    yield "\n## What it does not know"
    yield from (f"- {limit}" for limit in card["limits"])
    yield "\n## Data and terms"
    yield from _data(card)
    yield "\n## How it was made"
    yield from _making(card)


def _false_alarms(measured: Card) -> Iterator[str]:
    yield "\n| set | images | called fake | inconclusive | above threshold |"
    yield "|---|---|---|---|---|"
    for mark, part in (("†", "never_trained"), ("", "test"), (" (degraded)", "test_degraded")):
        for name, row in measured[part].items():
            if "false_alarms" in row and name != "all":
                yield (
                    f"| {name}{mark} | {row['false_alarms']['of']} | {_share(row['false_alarms'])} "
                    f"| {_percent(row['inconclusive'])} | {_share(row['false_alarms_at_threshold'])} |"
                )


def _accuracy(rows: Card) -> Iterator[str]:
    columns = (
        "set", "images", "accuracy", "at threshold", "balanced", "AUC", "inconclusive", "fakes missed",
        "flips JPEG 75", "flips half size",
    )  # fmt: skip
    yield f"\n| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for name, row in rows.items():
        cells = [
            name, row["images"], _percent(row["accuracy"]), _percent(row["accuracy_at_threshold"]),
            _percent(row.get("balanced_accuracy")), _auc(row), _percent(row["inconclusive"]),
            _share(row["missed"]) if "missed" in row else "–",
            _percent(row["flips"]["jpeg75"]), _percent(row["flips"]["half_size"]),
        ]  # fmt: skip
        yield f"| {' | '.join(map(str, cells))} |"


def _confusion(rows: Card) -> Iterator[str]:
    if "all" not in rows:
        return
    whole = rows["all"]
    table = whole["confusion"]
    yield f"\nAll test images: expected calibration error {whole['calibration_error']:.3f}, Brier {whole['brier']:.3f}."
    yield "\n| at the threshold | called authentic | called fake |"
    yield "|---|---|---|"
    for truth in ("authentic", "fake"):
        yield f"| {truth} | {table[truth]['authentic']} | {table[truth]['fake']} |"


def _decision(card: Card) -> Iterator[str]:
    rule = card["decision"]
    tested = rule["tested"]
    yield f"\n- Temperature {rule['temperature']:.3f}. Probabilities are stated for a queue in which"
    yield f"  {_percent(rule['prior'])} are fakes: then at most {_percent(rule['false_alarms'])} of the authentic"
    yield f"  validation images, as they are and degraded, lie above the threshold of {rule['threshold']:.0%}."
    yield f"- Inconclusive from {rule['band'][0]:.2f} to {rule['band'][1]:.2f}, and when of the views (as it is,"
    yield f"  JPEG 75, half size, mirrored) one lies below {rule['contradiction'][0]:.2f} and one above"
    yield f"  {rule['contradiction'][1]:.2f}."
    yield f"- Inconclusive outside what was tested: shorter edge {_range(tested['short_edge'])} pixels,"
    yield f"  {_range(tested['megapixels'])} megapixels, edges up to {tested['aspect']:g} : 1."


def _data(card: Card) -> Iterator[str]:
    images = card["data"]["images"]
    yield f"\n{images['train']} images to train on, {images['validation']} to choose and calibrate, split by group."
    yield f"Data digest `{card['data']['sha256']}`. The weights inherit what these terms demand:\n"
    yield from (f"- {source}: {terms}" for source, terms in card["terms"].items())


def _making(card: Card) -> Iterator[str]:
    yield f"\nInput: {card['recipe']['input_size']} pixels, {card['recipe']['resize']}; {card['recipe']['decode']}."
    yield f"LiteRT and Keras differ by at most {card['export_difference']:.1e} in a logit."
    yield f"Libraries: {', '.join(f'{name} {number}' for name, number in card['libraries'].items())}."
    yield from (f"SHA-256 of {name}: `{digest}`." for name, digest in card["files"].items())
    yield "The whole experiment, seeds included, is in `card.json`."


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}".replace("%", " %")


def _range(pair: Sequence[float]) -> str:
    return f"{pair[0]:g} to {pair[1]:g}"


def _share(value: Card) -> str:
    low, high = value["interval"]
    return f"{_percent(value['value'])} ({low:.1%} to {high:.1%})"


def _auc(row: Card) -> str:
    return f"{row['auc']:.3f} ({row['auc_interval'][0]:.3f} to {row['auc_interval'][1]:.3f})" if "auc" in row else "–"


def _minutes(seconds: float | None) -> str:
    return "an unrecorded time" if seconds is None else f"{seconds / 60:.0f} minutes"
