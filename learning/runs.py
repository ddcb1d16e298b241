"""The life of a training run: start, claim, follow, finish, fail, cancel, and what is done about one that went silent.

Every step is one conditional update. The process that trains may be elsewhere, or gone: what it may still do is decided
here, by the state of its row, and never by what it believes.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector import models_in_use
from learning import launching, readiness
from learning.errors import LearningRefused
from learning.models import RunState, Stage, TrainingRun
from ml.sentences import Sentence, say
from notices import kinds
from notices.telling import tell

_PATIENCE = timedelta(minutes=10)  # between two bells for a run that no worker has taken
_SILENT = "The process that trained went silent and is taken for dead. Start another run; the log is in {folder}."
_NEVER = "The process that was to train never began. Its log may say why: {folder}."


class Stopped(Exception):
    """This run was cancelled, or given up by somebody else: lay the work down."""


@transaction.atomic
def start(actor: Actor, *, only_new: bool = False, here: bool = False) -> TrainingRun:
    """Queue a run from the model in service; `here` means that the caller works on it, so nobody is told.

    Raises:
        LearningRefused: something is missing, or a run is open already.
        NoModel: no model is in service.
    """
    served = models_in_use.current()
    if missing := readiness.obstacles(served, only_new=only_new, here=here):
        raise LearningRefused(" ".join(missing))
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(started_by=actor.user, started_from=served, only_new=only_new)
    except IntegrityError as error:
        raise LearningRefused(_("A run is open already. Wait until it has ended, or cancel it.")) from error
    _record(actor, run, "training.started", only_new=only_new)
    if not here:
        transaction.on_commit(partial(launching.ring, run))
    return run


def claim(run: TrainingRun) -> bool:
    """Take a queued run; False when it is not queued any more."""
    now = timezone.now()
    queued = TrainingRun.objects.filter(pk=run.pk, state=RunState.QUEUED)
    taken = queued.update(state=RunState.RUNNING, begun_at=now, heartbeat_at=now) == 1
    run.refresh_from_db()
    return taken


def beat(run: TrainingRun) -> None:
    """The process lives."""
    TrainingRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(heartbeat_at=timezone.now())


def follow(run: TrainingRun, **values: Any) -> None:
    """Write down how far it is.

    Raises:
        Stopped: it was asked to stop, or is no longer this process's to work on.
    """
    mine = TrainingRun.objects.filter(pk=run.pk, state=RunState.RUNNING, cancel_asked_at=None)
    if not mine.update(heartbeat_at=timezone.now(), **values):
        raise Stopped


def enter(run: TrainingRun, stage: Stage) -> None:
    """Begin a stage; raises as `follow`."""
    follow(run, stage=stage, done=0, total=0, note="")


def add_to_curve(run: TrainingRun, row: Mapping[str, Any]) -> None:
    """An epoch is over; raises as `follow`."""
    known = {name: value if _is_plain(value) else None for name, value in row.items()}
    run.curve = [*(one for one in run.curve if one["epoch"] < row["epoch"]), known]
    follow(run, curve=run.curve)


@transaction.atomic
def finish(run: TrainingRun, *, folder: Path, figures: Mapping[str, Any]) -> bool:
    """Register the candidate; False when the run was given up meanwhile, and then nothing is registered."""
    if not _end(run, RunState.DONE, figures=dict(figures), note=""):
        return False
    run.candidate = models_in_use.register(SYSTEM, folder=folder)
    run.save(update_fields=["candidate"])
    _record(SYSTEM, run, "training.done", candidate=run.candidate.version, sha256=run.candidate.sha256)
    version = run.candidate.version
    _tell(run, say("A retraining is done. Look at candidate {version} before you let it serve.", version=version))
    return True


@transaction.atomic
def fail(run: TrainingRun, *, error: str) -> bool:
    """End without a candidate, with a sentence that a person can read."""
    if not _end(run, RunState.FAILED, error=error[:500]):
        return False
    _record(SYSTEM, run, "training.failed", private={"error": error[:300]}, stage=str(run.stage))
    _tell(run, say("A retraining failed: {error}", error=error))
    return True


@transaction.atomic
def cancel(actor: Actor, *, run: TrainingRun) -> bool:
    """End a queued run now; ask a running one to stop, which it does at its next step. False when it had ended."""
    now = timezone.now()
    queued = TrainingRun.objects.filter(pk=run.pk, state=RunState.QUEUED)
    if queued.update(state=RunState.CANCELLED, cancel_asked_at=now, finished_at=now):
        _record(actor, run, "training.cancelled")
        return True
    running = TrainingRun.objects.filter(pk=run.pk, state=RunState.RUNNING, cancel_asked_at=None)
    if running.update(cancel_asked_at=now):
        _record(actor, run, "training.cancel_asked")
        return True
    return False


@transaction.atomic
def stopped(run: TrainingRun) -> bool:
    """The process has laid a cancelled run down; False where it was given up by another instead."""
    asked = TrainingRun.objects.filter(pk=run.pk, state=RunState.RUNNING).exclude(cancel_asked_at=None)
    if not asked.update(state=RunState.CANCELLED, finished_at=timezone.now()):
        return False
    _record(SYSTEM, run, "training.cancelled")
    return True


def sweep() -> str:
    """Give up runs whose process is gone, and ring again for those that nobody has taken."""
    now, life = timezone.now(), timedelta(seconds=settings.LEASE_SECONDS)
    silent = TrainingRun.objects.filter(state=RunState.RUNNING, heartbeat_at__lt=now - life)
    dead = [_give_up(run) for run in silent]
    if settings.CELERY_BROKER_URL:
        waiting = TrainingRun.objects.filter(state=RunState.QUEUED, rung_at__lt=now - _PATIENCE)
        return f"{sum(dead)} given up, {sum(_ring_again(run) for run in waiting)} rung again"
    lost = TrainingRun.objects.filter(state=RunState.QUEUED, rung_at__lt=now - life)
    return f"{sum(dead) + sum(_never_began(run) for run in lost)} given up"


def _give_up(run: TrainingRun) -> bool:
    """A process that was asked to stop and is gone has stopped; one that has just beaten is not gone."""
    silent = TrainingRun.objects.filter(pk=run.pk, state=RunState.RUNNING, heartbeat_at=run.heartbeat_at)
    if not silent.update(heartbeat_at=timezone.now()):
        return False
    launching.tidy(run)
    return stopped(run) or fail(run, error=_SILENT.format(folder=launching.folder_of(run)))


def _never_began(run: TrainingRun) -> bool:
    return claim(run) and fail(run, error=_NEVER.format(folder=launching.folder_of(run)))


def _ring_again(run: TrainingRun) -> bool:
    still = TrainingRun.objects.filter(pk=run.pk, state=RunState.QUEUED, rung_at=run.rung_at)
    if not still.update(rung_at=timezone.now()):
        return False
    launching.ring(run)
    return True


def _end(run: TrainingRun, state: RunState, **values: Any) -> bool:
    """The one way out of RUNNING for who works on it."""
    running = TrainingRun.objects.filter(pk=run.pk, state=RunState.RUNNING)
    if running.update(state=state, finished_at=timezone.now(), **values) != 1:
        return False
    run.refresh_from_db()
    return True


def _is_plain(value: Any) -> bool:
    """Whether JSON can hold it: an AUC of one class alone is no number."""
    return not isinstance(value, float) or math.isfinite(value)


def _record(
    actor: Actor, run: TrainingRun, action: str, *, private: Mapping[str, Any] | None = None, **details: Any
) -> None:
    """`private` may name a file, and can be emptied; the rest is chained for good."""
    version = run.started_from.version
    audit.record(actor, action, target=f"training:{run.pk}", details=details, model=version, private=private)


def _tell(run: TrainingRun, text: Sentence) -> None:
    if run.started_by:
        link, data = reverse("learning:run", args=[run.pk]), {"run": str(run.pk), "state": run.state}
        tell(run.started_by, kind=kinds.TRAINING_ENDED, text=text, link=link, target=f"training:{run.pk}", data=data)
