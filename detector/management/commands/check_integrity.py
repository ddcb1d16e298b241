"""manage.py check_integrity: rows without files, files without rows, files that were changed."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from detector import integrity


class Command(BaseCommand):
    help = "Compare the data base with the storage and print every fault; exit status 1 if there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--digests", action="store_true", help="read and hash every original again")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for found, fault in enumerate(integrity.faults(digests=options["digests"]), 1):  # noqa: B007
            self.stdout.write(fault)
        self.stderr.write(f"{found} faults")
        if found:
            sys.exit(1)
