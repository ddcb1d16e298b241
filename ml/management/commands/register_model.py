"""manage.py register_model RUN [--promote [--force --reason TEXT]]"""

import datetime
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from detector import models_in_use
from detector.errors import NoModel
from detector.management import promoting
from ml import cards, registry


class Command(BaseCommand):
    help = "Write a trained and evaluated run as a version, with its card, and make it known to the site."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version would forbid ours.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=Path, metavar="RUN", help="the folder of train_model and evaluate_model")
        parser.add_argument("--version", dest="model_version", help="default: the month's next, such as 2026.11.2")
        parser.add_argument("--models", type=Path, help="folder of versions (default: that of the installation)")
        parser.add_argument("--promote", action="store_true", help="let it serve at once, unless it is worse")
        promoting.add_arguments(parser)
        parser.add_argument("--card", type=Path, help="write the card for people here as well (MODEL_CARD.md)")

    def handle(self, *args: Any, **options: Any) -> None:
        promoting.check(options)
        folder = self._registered(options)
        self.stdout.write(f"Registered {folder.name}: {folder}")
        if options["card"]:
            options["card"].write_text(cards.render(registry.read(folder).card), "utf-8")
        if options["promote"]:
            self.stdout.write(f"Model {promoting.promote(folder.name, options)} serves.")

    def _registered(self, options: dict[str, Any]) -> Path:
        models, run = options["models"] or Path(settings.MODELS_DIR), options["run"]
        version = options["model_version"] or registry.next_version(models, datetime.datetime.now(datetime.UTC).date())
        try:
            card = cards.compose(run)
            folder = registry.write(models, version, card, run / registry.TFLITE, run / registry.KERAS)
            models_in_use.register(None, folder=folder)
        except (cards.RunIncomplete, registry.ModelRefused, NoModel, OSError) as error:
            raise CommandError(str(error)) from error
        return folder
