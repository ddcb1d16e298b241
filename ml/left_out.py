"""Leave-one-set-out: what a model is worth on a source that its training never saw, and a table of several runs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ml import bootstrap, data, robustness
from ml.config import ConfigError, Experiment
from ml.contestants import EVALUATION, Contestant, described
from ml.data import Record
from ml.figures import figures, has_both
from ml.judged import Judged, joined
from ml.split import ASIDE

_SHOWN = (
    "images", "fakes", "false_alarms", "found", "missed", "inconclusive", "accuracy", "accuracy_interval",
    "balanced_accuracy", "balanced_accuracy_interval",
)  # fmt: skip


class Wanted(Protocol):
    """Which sources, and how many images of each at most."""

    @property
    def left_out(self) -> Sequence[str]: ...

    @property
    def at_most(self) -> int: ...


class NotLeftOut(ConfigError):
    """A source that is said to be left out was trained on, or is not there."""


def measure(
    own: Contestant, manifest: Path, experiment: Experiment, test: Judged, wanted: Wanted
) -> dict[str, dict[str, Any]]:
    """Figures of each source that was left out. A source of fakes alone is set against the test photographs.

    `test` are the judged test images of the sources that were trained on.

    Raises:
        NotLeftOut: a source was trained on, or the manifest has no image of it.
    """
    records = list(data.read(manifest))
    photographs = test.only(~test.fake)
    result = {}
    for name in wanted.left_out:
        judged = own.judged(_images(records, name, experiment, wanted.at_most), f"{name}, left out")
        result[name] = _figures(judged, photographs)
    return result


def summary(runs: Sequence[Path]) -> dict[str, Any]:
    """The left-out sources of several evaluated runs as one table, with the means; {} without runs.

    Raises:
        NotLeftOut: a run was not evaluated with a source left out.
    """
    rows = [row for run in runs for row in _rows(run)]
    if not rows:
        return {}
    aucs = [row["auc"] for row in rows if "auc" in row]
    alarms = [row["false_alarms"]["value"] for row in rows if "false_alarms" in row]
    return {
        "rows": rows,
        **({"mean_auc": float(np.mean(aucs)), "worst_auc": float(min(aucs))} if aucs else {}),
        **({"mean_false_alarms": float(np.mean(alarms)), "worst_false_alarms": float(max(alarms))} if alarms else {}),
    }


def _rows(run: Path) -> list[dict[str, Any]]:
    try:
        measured = json.loads((run / EVALUATION).read_text("utf-8")).get("left_out")
    except OSError as error:
        raise NotLeftOut(f"{run.name} was not evaluated yet: run evaluate_model with --left-out on it.") from error
    if not measured:
        raise NotLeftOut(f"{run.name} was evaluated with no source left out: run evaluate_model with --left-out on it.")
    return [{"run": run.name, "views": _views(run), "source": name, **row} for name, row in measured.items()]


def _views(run: Path) -> int:
    """How many views its recipe learns from, so that nobody takes a short leg for a whole training."""
    made = described(run)
    training = made["experiment"]["training"]
    return int(training["epochs"] * (training["images_per_epoch"] or made["images"]["train"]))


def _images(records: Sequence[Record], name: str, experiment: Experiment, at_most: int) -> list[Record]:
    if not experiment.training.sources or name in experiment.training.sources:
        raise NotLeftOut(f"{name} was trained on, so it cannot show what the model does with a source it never saw.")
    own = [record for record in records if record.source == name and record.split != ASIDE]
    if not own:
        raise NotLeftOut(f"The manifest has no image of {name}.")
    return [record for record, keep in zip(own, robustness.sample(own, at_most), strict=True) if keep]


def _figures(judged: Judged, photographs: Judged) -> dict[str, Any]:
    whole = figures(judged)
    against_test = judged.fake.all() and len(photographs.records) > 0
    pair = joined([judged, photographs]) if against_test else judged
    result = {name: whole[name] for name in _SHOWN if name in whole}
    if has_both(pair):
        ranked = bootstrap.ranked(pair.fake, pair.score, bootstrap.draws(pair.groups))
        result |= bootstrap.stated(ranked) | {"photographs": "test images" if against_test else "its own"}
    return result
