"""Parts of the test images that cut across the sources: by size, by JPEG quality, by subject."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ml.data import Record
from ml.figures import figures
from ml.judged import Judged

_SHOWN = (
    "images", "fakes", "false_alarms", "found", "inconclusive", "accuracy", "accuracy_interval", "balanced_accuracy",
    "balanced_accuracy_interval", "auc", "auc_interval",
)  # fmt: skip
_EDGES = ((0, "below 256"), (256, "256 to 511"), (512, "512 to 1023"), (1024, "1024 and above"))
_QUALITIES = ((1, "JPEG below 75"), (75, "JPEG 75 to 89"), (90, "JPEG 90 and above"))


def measure(judged: Judged, faces: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Kind of slice → slice → its figures. `faces` are the sources whose every picture is of a face.

    Sources differ in size, quality and subject, so a slice is as much a choice of sources as of the trait.
    """
    kinds: dict[str, Callable[[Record], str]] = {
        "short edge, pixels": lambda record: _within(min(record.width, record.height), _EDGES),
        "file": _file,
    }
    if faces:
        kinds["subject"] = lambda record: "faces" if record.source in faces else "everything else"
    return {kind: _by(judged, trait) for kind, trait in kinds.items()}


def _by(judged: Judged, trait: Callable[[Record], str]) -> dict[str, Any]:
    names = np.array([trait(record) for record in judged.records], dtype=str)
    order = [name for _, name in (*_EDGES, *_QUALITIES)]
    present = sorted(set(names.tolist()), key=lambda name: (order.index(name) if name in order else 99, name))
    return {name: _compact(judged.only(names == name)) for name in present}


def _compact(judged: Judged) -> dict[str, Any]:
    whole = figures(judged)
    return {name: whole[name] for name in _SHOWN if name in whole}


def _within(value: int, steps: Sequence[tuple[int, str]]) -> str:
    return [name for least, name in steps if value >= least][-1]


def _file(record: Record) -> str:
    return "no JPEG" if record.jpeg_quality is None else _within(record.jpeg_quality, _QUALITIES)
