"""manage.py back_up: everything that an installation is, in one folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fakedetect_site import backups


class Command(BaseCommand):
    help = "Copy data base, files, keys, models and trust lists into a new folder, beside a running site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet, or is empty")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for line in backups.back_up(options["folder"]):
                self.stdout.write(line)
        except backups.BackUpRefused as error:
            raise CommandError(str(error)) from error
