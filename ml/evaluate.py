"""What the model is worth on images that it never saw: each source by itself, false alarms first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml import (
    base_rates,
    comparison,
    contestants,
    data,
    left_out,
    localisation,
    regression,
    report_page,
    robustness,
    slices,
)
from ml.config import Experiment
from ml.contestants import EVALUATION, Contestant
from ml.data import Record
from ml.figures import by_source, has_both, reliability
from ml.judged import Judged
from ml.passes import Log

PAGE = "evaluation.html"
_DIGITS = 6
Parts = Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured beside the test images.

    `never_trained` are manifests of sources that no side of the training saw: all their images are measured.
    `against` are folders of registered versions and `baseline` another evaluated run: both score the same images.
    `left_out` are sources of the manifest that this run was not trained on, of which at most `at_most` images are
    measured; `leave_one_out` are evaluated runs whose left-out sources are put into one table. Of each source at most
    `robustness` images take every journey; 0 leaves the curves out. `regression` is a list of confirmed mistakes.
    """

    never_trained: Sequence[Path] = ()
    against: Sequence[Path] = ()
    baseline: Path | None = None
    left_out: Sequence[str] = ()
    leave_one_out: Sequence[Path] = ()
    robustness: int = 200
    at_most: int = 2000
    regression: Path | None = None


def evaluate(run: Path, manifest: Path, asked: Asked | None = None, log: Log = print) -> dict[str, Any]:
    """Calibrate a run on its validation images, measure it on its test images, and write `evaluation.json` and `.html`.

    Raises:
        OSError: the run or a manifest lacks a file.
        ConfigError: the manifest does not fit the run, or a source that is said to be left out was trained on.
        ModelRefused: a version to compare with is not sound.
        SourceRefused: a picture of the regression set is not what its list says.
    """
    asked = asked or Asked()
    mistakes = regression.read(asked.regression) if asked.regression else None
    table = left_out.summary(asked.leave_one_out)  # first: a run that was not evaluated is told at once
    own, experiment, decision = contestants.of_run(run, manifest, log)
    served = [contestants.of_version(folder, run, own, log) for folder in asked.against]
    parts = _parts(manifest, experiment, asked)
    judged = measure(own, parts)
    report = {
        "decision": decision,
        "never_trained": {},
        **{name: by_source(part) for name, part in judged.items()},
        **_further(own, experiment, parts, judged, asked),
        **_others(run, own, served, parts, judged, asked, log),
        **_mistakes(own, served, (manifest, experiment), mistakes),
        **({"left_out": left_out.measure(own, manifest, experiment, judged["test"], asked)} if asked.left_out else {}),
        **({"leave_one_out": table} if table else {}),
    }
    report = {name: part if name == "decision" else rounded(part) for name, part in report.items()}
    (run / EVALUATION).write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    (run / PAGE).write_text(report_page.render(report, f"{experiment.name} ({run.name})"), "utf-8")
    return report


def measure(contestant: Contestant, parts: Parts) -> dict[str, Judged]:
    """Each part as it is and, under `NAME_degraded`, each of its images degraded once."""
    result = {}
    for name, records in parts.items():
        result[name] = contestant.judged(records, f"{_words(name)}, as it is")
        result[f"{name}_degraded"] = contestant.judged(records, f"{_words(name)}, degraded", contestant.degraded())
    return result


def rounded(value: Any) -> Any:
    """The same with numbers of at most six decimal places: the digits beyond them are noise."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {name: rounded(part) for name, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list | tuple) else value


def _parts(manifest: Path, experiment: Experiment, asked: Asked) -> dict[str, list[Record]]:
    untouched = [record for path in asked.never_trained for record in data.read(path)]
    test = data.select(manifest, experiment, "test")
    return ({"never_trained": untouched} if untouched else {}) | {"test": test}


def _further(
    own: Contestant, experiment: Experiment, parts: Parts, judged: Mapping[str, Judged], asked: Asked
) -> dict[str, Any]:
    curves = robustness.measure(own, parts, judged, asked.robustness) if asked.robustness else {}
    places = localisation.measure(own.scorer, parts)
    return {
        "reliability": {name: reliability(part) for name, part in judged.items() if has_both(part)},
        "base_rates": base_rates.measure(judged),
        "slices": slices.measure(judged["test"], experiment.slices.faces),
        **({"robustness": curves} if curves else {}),
        **({"localisation": places} if places else {}),
    }


def _others(
    run: Path,
    own: Contestant,
    served: Sequence[Contestant],
    parts: Parts,
    judged: Mapping[str, Judged],
    asked: Asked,
    log: Log,
) -> dict[str, Any]:
    """The same images scored by the versions in service and by the baseline, side by side."""
    result: dict[str, Any] = {}
    for other in served:
        result.setdefault("against", {})[other.name] = comparison.measure(judged, measure(other, parts))
    if asked.baseline:
        other = contestants.of_baseline(asked.baseline, run, own, log)
        result["baseline"] = {"name": other.name, **comparison.measure(judged, measure(other, parts))}
    return result


def _mistakes(
    own: Contestant,
    served: Sequence[Contestant],
    trained: tuple[Path, Experiment],
    mistakes: Sequence[regression.Mistake] | None,
) -> dict[str, Any]:
    """What became of confirmed mistakes, under the versions in service too; nothing where none were asked for."""
    if mistakes is None:
        return {}
    return {"regression": regression.measure(own, served, mistakes, data.select(*trained, "train"))}


def _words(part: str) -> str:
    return part.replace("_", " ")
