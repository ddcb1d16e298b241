"""Where a run is worked on: a process of its own, begun by a worker of the queue `training` or, without a broker, here.

Neither a web process nor a worker ever loads a training framework, and what a run held of memory ends with it.
"""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

from django.conf import settings

from fakedetect_site import doorbell
from learning.models import TrainingRun

LOG = "run.log"
_KEPT = {LOG, "history.csv", "history.png", "evaluation.html", "evaluation.json", "run.json"}


def ring(run: TrainingRun) -> None:
    """Have a queued run worked on."""
    if not settings.CELERY_BROKER_URL:
        process = begin(run)
        # Waits for the process alone, so that it does not stay behind as a dead one: the work is not in this thread.
        threading.Thread(target=process.wait, name="training", daemon=True).start()
        return
    from learning.tasks import retrain

    doorbell.ring(retrain, str(run.pk))


def wait(pk: str) -> None:
    """For a worker: have a run worked on and wait for its end, so that a worker has one at a time."""
    if run := TrainingRun.objects.filter(pk=pk).first():
        begin(run).wait()


def begin(run: TrainingRun) -> "subprocess.Popen[bytes]":
    """`manage.py retrain RUN`, with its own session, so that it outlives the server that began it, and its own log."""
    folder = folder_of(run)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "retrain", str(run.pk)]
    with (folder / LOG).open("ab") as told:
        return subprocess.Popen(  # noqa: S603 (our own words, and a number)
            command,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )


def folder_of(run: TrainingRun) -> Path:
    """Where the process writes, on the machine that it is on."""
    return Path(settings.TRAINING_DIR) / str(run.pk)


def tidy(run: TrainingRun) -> None:
    """Leave curve, evaluation and log; pictures, lists of them and decoded pixels go."""
    folder = folder_of(run)
    if not folder.is_dir():
        return
    for path in (*folder.glob("run/*"), *folder.iterdir()):
        if path.name in _KEPT:
            path.replace(folder / path.name)
        elif path.is_dir() and path.name != "run":
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file():
            path.unlink(missing_ok=True)
    shutil.rmtree(folder / "run", ignore_errors=True)
