"""manage.py retrain [RUN] [--only-new]"""

import os
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import SYSTEM
from detector.errors import NoModel
from learning import retraining, runs
from learning.errors import LearningRefused
from learning.models import RunState, TrainingRun

_POLITE = 10


class Command(BaseCommand):
    help = (
        "Fine-tune the model in service on what people decided, measure it, and register a candidate. Without RUN a "
        "new run is started and worked on here; the site calls it with the number of a queued one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=UUID, nargs="?", metavar="RUN", help="a run that is queued")
        parser.add_argument("--only-new", action="store_true", help="a new run without the old data")

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(_POLITE)  # answers go first
        run = self._queued(options["run"]) if options["run"] else self._started(options["only_new"])
        if not retraining.work(run):
            raise CommandError("This run is not queued any more.")
        run.refresh_from_db()
        if run.state == RunState.FAILED:
            raise CommandError(run.error)
        done = run.state == RunState.DONE
        self.stdout.write(f"Candidate {run.candidate} is registered." if done else "Cancelled.")

    def _queued(self, pk: UUID) -> TrainingRun:
        if run := TrainingRun.objects.filter(pk=pk).first():
            return run
        raise CommandError(f"There is no training run {pk}.")

    def _started(self, only_new: bool) -> TrainingRun:
        try:
            return runs.start(SYSTEM, only_new=only_new, here=True)
        except (LearningRefused, NoModel) as error:
            raise CommandError(str(error)) from error
