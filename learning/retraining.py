"""All of a training run, in a process of its own: export, prepare, fine-tune, convert, measure, register."""

import datetime
import logging
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from accounts.audit import Actor
from detector import models_in_use
from detector.errors import NoModel
from learning import dataset, launching, readiness, runs
from learning.errors import LearningRefused
from learning.models import Stage, TrainingRun
from learning.runs import Stopped
from ml import cards, config, evaluate, registry, reviews
from ml.data import SourceRefused
from ml.evaluate import Asked
from ml.management.training import training_modules
from ml.prepare import prepare
from ml.registry import ModelRefused

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between two looks at the row
_BROKE = "Something broke on our side. The log of the run says what: {folder}."
_TELLS = (LearningRefused, CommandError, NoModel, SourceRefused, ModelRefused, OSError, ValueError, RuntimeError)


class Follower:
    """Writes how far the run is into its row, now and then, and notices there when it shall stop.

    It is a `Watcher` of `ml.train`, which is not imported here: that would load the training framework.
    """

    def __init__(self, run: TrainingRun) -> None:
        self.run, self._looked = run, 0.0

    def enter(self, stage: Stage) -> None:
        """Begin a stage."""
        runs.enter(self.run, stage)

    def counted(self, what: str, done: int, total: int) -> None:
        """So much is done."""
        note = "" if what == "training" else what.capitalize()
        self._now_and_then(done >= total, done=done, total=total, note=note)

    def tick(self, done: int, total: int) -> None:
        """The same where there is but one thing to count."""
        self.counted("training", done, total)

    def epoch(self, row: Mapping[str, Any]) -> None:
        """The curve grew."""
        runs.add_to_curve(self.run, row)

    def log(self, line: str) -> None:
        """A line of the log, and the last one is shown."""
        log.info("%s", line.strip())
        self._now_and_then(False, note=line.strip()[:300])

    def _now_and_then(self, last: bool, **values: Any) -> None:
        if last or time.monotonic() - self._looked >= _EVERY:
            self._looked = time.monotonic()
            runs.follow(self.run, **values)


def work(run: TrainingRun) -> bool:
    """Claim a queued run and see it through; False when another process was first. Whatever breaks ends in its row."""
    if not runs.claim(run):
        return False
    folder = launching.folder_of(run)
    try:
        with _alive(run):
            _through(run, folder, Follower(run))
    except Stopped:
        runs.stopped(run)
    except _TELLS as error:
        log.warning("training run %s", run.pk, exc_info=True)
        runs.fail(run, error=str(error) or _BROKE.format(folder=folder))
    except Exception:
        log.exception("training run %s", run.pk)
        runs.fail(run, error=_BROKE.format(folder=folder))
    finally:
        launching.tidy(run)
    return True


@contextmanager
def _alive(run: TrainingRun) -> Iterator[None]:
    """A heartbeat beside the work: a stage may be silent for minutes while it lives."""
    end = threading.Event()
    thread = threading.Thread(target=_beat, args=(run, end), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def _beat(run: TrainingRun, end: threading.Event) -> None:
    try:
        while not end.wait(settings.LEASE_SECONDS / 4):
            runs.beat(run)
    finally:
        connections.close_all()


def _through(run: TrainingRun, folder: Path, follower: Follower) -> None:
    training_modules()  # first: without them the rest is in vain
    actor = Actor(user=run.started_by, name="training run")
    follower.enter(Stage.EXPORT)
    exported = dataset.export(actor, out=folder / "reviews")
    tests = dataset.export_regression(actor, out=folder / "mistakes")
    figures: dict[str, Any] = {"exported": dict(exported.labels), "left_out": dict(exported.left_out)}
    follower.enter(Stage.PREPARE)
    prepare({dataset.SOURCE: exported.manifest}, folder / "prepared.jsonl", tick=follower.tick)
    made = folder / "run"
    manifest = _train(run, folder, made, follower)
    measured = _measured(run, made, manifest, tests.manifest, follower)
    follower.enter(Stage.REGISTER)
    _register(run, made, figures | {"mistakes": _mistakes(measured)})


def _train(run: TrainingRun, folder: Path, made: Path, follower: Follower) -> Path:
    """Fine-tune and export; returns the manifest of old and new."""
    follower.enter(Stage.TRAIN)
    old = None if run.only_new else readiness.old_data()
    if old is None and not run.only_new:
        raise LearningRefused(f"The old data are no longer at {settings.TRAINING_DATA}.")
    served = models_in_use.folder_of(run.started_from)
    values = config.read(Path(settings.TRAINING_CONFIG)) if settings.TRAINING_CONFIG else None
    plan = reviews.plan(served, folder / "prepared.jsonl", old, made, values=values, log=follower.log)
    train, export = training_modules("train", "export")
    train.train(
        plan.experiment,
        plan.manifest,
        made,
        weights=plan.start,
        cache=folder / "cache",
        log=follower.log,
        watcher=follower,
        about=plan.about,
    )
    follower.enter(Stage.CONVERT)
    export.export_run(made, plan.manifest)
    return plan.manifest


def _measured(run: TrainingRun, made: Path, manifest: Path, mistakes: Path, follower: Follower) -> dict[str, Any]:
    """The evaluation, beside the version that it goes on from, on confirmed mistakes too."""
    follower.enter(Stage.EVALUATE)
    asked = Asked(
        never_trained=[Path(path) for path in settings.TRAINING_ALSO],
        against=[models_in_use.folder_of(run.started_from)],
        robustness=0,
        regression=mistakes,
    )
    return evaluate.evaluate(made, manifest, asked, log=follower.log)


def _mistakes(measured: Mapping[str, Any]) -> dict[str, Any]:
    """What became of the confirmed mistakes, for the page."""
    found = measured["regression"]
    before: Mapping[str, int] = next((other["all"] for other in found.get("against", {}).values()), {})
    return {"images": found["images"], "now": found["all"], "before": before}


def _register(run: TrainingRun, made: Path, figures: Mapping[str, Any]) -> None:
    """Write the version, then make it known; where the run was given up meanwhile it is taken back."""
    models = Path(settings.MODELS_DIR)
    version = registry.next_version(models, datetime.datetime.now(datetime.UTC).date())
    written = registry.write(models, version, cards.compose(made), made / registry.TFLITE, made / registry.KERAS)
    models_in_use.read(written)  # here, where no row is held: `finish` finds it read
    if not runs.finish(run, folder=written, figures=figures):
        shutil.rmtree(written)
        raise Stopped
