"""manage.py index_pictures: fingerprint the uploads of an installation that is older than fingerprints."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from detector import fingerprints


class Command(BaseCommand):
    help = "Fingerprint every stored picture that has no fingerprint yet, so that copies of it are found."

    def handle(self, *args: Any, **options: Any) -> None:
        total = failed = 0
        for done in fingerprints.index():
            total, failed = total + 1, failed + bool(done.fault)
            if done.fault:
                self.stdout.write(f"{done.sha256}: {done.fault}")
            if total % 500 == 0:
                self.stderr.write(f"{total} pictures …")
        self.stderr.write(f"{total - failed} pictures fingerprinted, {failed} could not be read")
        if failed:
            sys.exit(1)
