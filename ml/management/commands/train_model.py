"""manage.py train_model --config FILE --data MANIFEST --out RUN"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml import config
from ml.management.training import training_modules


class Command(BaseCommand):
    help = (
        "Train the model of one experiment on a manifest, and export it. A run that was stopped goes on with --resume."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--config", type=Path, required=True, help="the experiment (TOML, see ml/configs)")
        parser.add_argument("--data", type=Path, required=True, help="the manifest of prepare_dataset")
        parser.add_argument("--out", type=Path, required=True, help="the run's folder: checkpoints, curve, model")
        parser.add_argument("--resume", action="store_true", help="go on after the last whole epoch of --out")
        parser.add_argument(
            "--weights",
            default="imagenet",
            help="where the backbone starts: a file of weights without a top, imagenet (needs a network), or none",
        )
        parser.add_argument("--cache", type=Path, help="folder of decoded pixels (default: OUT/cache)")

    def handle(self, *args: Any, **options: Any) -> None:
        train, export = training_modules("train", "export")
        weights = None if options["weights"] == "none" else options["weights"]
        try:
            experiment = config.load(options["config"])
            train.train(
                experiment,
                options["data"],
                options["out"],
                weights=weights,
                cache=options["cache"] or options["out"] / "cache",
                resume=options["resume"],
                log=self.stderr.write,
            )
            difference = export.export_run(options["out"], options["data"])
        except (config.ConfigError, export.ExportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Trained into {options['out']}; LiteRT and Keras differ by {difference:.1e}.")
