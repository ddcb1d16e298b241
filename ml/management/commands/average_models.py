"""manage.py average_models MODEL MODEL … --out FILE"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.management.training import training_modules


class Command(BaseCommand):
    help = (
        "Write the mean of trained models of one shape, for train_model --weights to go on from: where a leg of "
        "training learned new pictures and forgot others, the mean with the model before it forgets less."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="a model.keras")
        parser.add_argument("--out", type=Path, required=True, help="the file to write, a .keras")

    def handle(self, *args: Any, **options: Any) -> None:
        (averaging,) = training_modules("averaging")
        try:
            averaging.average(options["models"], options["out"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The mean of {len(options['models'])} models is {options['out']}.")
