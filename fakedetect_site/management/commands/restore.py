"""manage.py restore: a back-up, into a place that is empty."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fakedetect_site import backups


class Command(BaseCommand):
    help = "Bring a back-up into an empty place; then run bootstrap, check_integrity --digests and verify_audit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that back_up made")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for line in backups.restore(options["folder"]):
                self.stdout.write(line)
        except backups.BackUpRefused as error:
            raise CommandError(str(error)) from error
