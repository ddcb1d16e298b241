"""manage.py purge [--dry-run]: announce and do the deletions that retention periods ask for."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from privacy import purging


class Command(BaseCommand):
    help = "Announce what is about to be deleted, and delete what was announced and is due. The rounds do it too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            self.stdout.write(str(purging.purge()))
            return
        for upload in purging.would_announce():
            self.stdout.write(f"would announce the deletion of upload:{upload.pk}")
        for upload in purging.would_delete():
            self.stdout.write(f"would delete upload:{upload.pk}")
