"""manage.py sweep: what Celery's beat does every minute, for those who run no beat (cron, systemd)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from detector import tidying
from fakedetect_site import rounds


class Command(BaseCommand):
    help = "Walk the rounds once: re-open work whose worker died, ring what waits, deliver what is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        whole = "look for files without a row in the whole storage too, not only in this minute's share of it"
        parser.add_argument("--files", action="store_true", help=whole)

    def handle(self, *args: Any, **options: Any) -> None:
        for line in rounds.walk():
            self.stderr.write(line)
        if options["files"]:
            self.stderr.write(f"files that nobody holds, in the whole storage: {tidying.clear_all()} removed")
