"""manage.py rescore [--model VERSION] [--since DAY] … [--per-minute N]: score history again, and show how far it is."""

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import SYSTEM
from accounts.models import User
from detector import models_in_use
from detector.errors import NoModel, Refused
from detector.models import Label
from learning import bells, rescoring
from learning.models import Rescoring

_TOLD_EVERY = 10.0  # seconds


class Command(BaseCommand):
    help = (
        "Let the model in service score uploads that are here already, newest first; people's uploads go first. It can "
        "be stopped at any moment and goes on with --resume, or by itself on a site that runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", metavar="VERSION", help="it must be the one in service, which is the default")
        parser.add_argument(
            "--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="handed in on this day or later"
        )
        parser.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="on this day or earlier")
        parser.add_argument("--owner", metavar="USER", help="of this person alone")
        parser.add_argument("--verdict", choices=Label.values, help="with this verdict now")
        parser.add_argument(
            "--per-minute", type=int, default=rescoring.PER_MINUTE, help="at most (default: %(default)s)"
        )
        parser.add_argument(
            "--background", action="store_true", help="leave the work to the site's workers or processes"
        )
        parser.add_argument("--resume", action="store_true", help="go on with the run that is open")
        parser.add_argument("--cancel", action="store_true", help="end the run that is open; what it scored stays")

    def handle(self, *args: Any, **options: Any) -> None:
        run = _open() if options["resume"] or options["cancel"] else _started(options)
        if options["cancel"]:
            rescoring.cancel(SYSTEM, rescoring=run)
            self.stderr.write("Cancelled. What was scored stays; owners are told of what changed.")
        elif options["background"]:
            self.stderr.write("Started. The site goes through it.")
            return
        self._go_through(run)

    def _go_through(self, run: Rescoring) -> None:
        told = time.monotonic()
        while (pause := bells.rescore_now(run.pk)) is not None:
            if time.monotonic() - told > _TOLD_EVERY:
                self._tell(run)
                told = time.monotonic()
            time.sleep(pause)
        self._tell(run)

    def _tell(self, run: Rescoring) -> None:
        run.refresh_from_db()
        waits = f" It waits: {run.trouble}" if run.trouble and not run.finished_at else ""
        total = "?" if run.total is None else run.total
        figures = f"{run.scored} of {total} scored, {run.failed} failed, {run.changed} changed"
        self.stderr.write(f"{run.get_state_display()}: {figures}.{waits}")


def _open() -> Rescoring:
    run = Rescoring.objects.filter(finished_at=None).order_by("created_at").first()
    if run is None:
        raise CommandError("No run is open.")
    return run


def _started(options: dict[str, Any]) -> Rescoring:
    asked = {"since": options["since"], "until": options["until"], "label": options["verdict"] or ""}
    try:
        version = options["model"] or models_in_use.current().version
        pace, owner = options["per_minute"], _owner(options["owner"])
        return rescoring.start(
            SYSTEM, version=version, per_minute=pace, owner=owner, ring_now=options["background"], **asked
        )
    except (NoModel, Refused) as error:
        raise CommandError(str(error)) from error


def _owner(name: str | None) -> User | None:
    if not name:
        return None
    found = User.objects.filter(username__iexact=name).first()
    if found is None:
        raise CommandError(f"Nobody has the user name {name}.")
    return found
