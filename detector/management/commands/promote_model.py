"""manage.py promote_model VERSION [--force --reason TEXT]"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from detector.management import promoting


class Command(BaseCommand):
    help = "Let a registered model serve, a newer or an earlier one; one that is worse than the served is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model_version", metavar="VERSION", help="such as 2026.11.2")
        promoting.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        promoting.check(options)
        promoted = promoting.promote(options["model_version"], options)
        self.stdout.write(f"Model {promoted} serves.")
