"""manage.py train_model (--config FILE | --recipe NAME | --export-only RUN) --data MANIFEST --out RUN"""

from argparse import ArgumentParser
from pathlib import Path
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml import config, recipes
from ml.management.training import exports, training_modules


class Command(BaseCommand):
    help = (
        "Train the model of one experiment on a manifest, and export it. A run that was stopped goes on with --resume."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("--config", type=Path, help="the experiment (TOML, see ml/configs)")
        chosen.add_argument("--recipe", help=f"an experiment that comes with the program: {', '.join(recipes.names())}")
        chosen.add_argument("--export-only", type=Path, metavar="RUN", help="train nothing, export a finished run")
        parser.add_argument("--data", type=Path, required=True, help="the manifest of prepare_dataset")
        parser.add_argument("--out", type=Path, help="the run's folder: checkpoints, curve, model")
        parser.add_argument("--resume", action="store_true", help="go on after the last whole epoch of --out")
        parser.add_argument(
            "--weights",
            default="imagenet",
            help="where the backbone starts: a file of weights without a top, imagenet (needs a network), or none",
        )
        parser.add_argument("--cache", type=Path, help="folder of decoded pixels (default: OUT/cache)")
        parser.add_argument(
            "--distribute", default="", help="share each batch: local (all devices here), or HOST:PORT,… of all workers"
        )
        parser.add_argument("--worker", type=int, default=0, help="which of the workers of --distribute this one is")
        parser.add_argument("--tensorboard", action="store_true", help="write the curve for TensorBoard, in OUT/events")

    def handle(self, *args: Any, **options: Any) -> None:
        run = options["export_only"] or options["out"]
        if run is None:
            raise CommandError("Say with --out in which folder the run shall lie.")
        if not options["export_only"]:
            self._train(options)
        if options["worker"] > 0:
            return
        if exports():
            self._export(run, options["data"])
        else:
            self.stdout.write(
                f"Trained into {run}. The export needs TensorFlow: run `train_model --export-only RUN --data MANIFEST` "
                "with it."
            )

    def _train(self, options: dict[str, Any]) -> None:
        train, distribute = training_modules("train", "distribute")
        try:
            cluster = distribute.cluster(options["distribute"], options["worker"])
            train.train(
                recipes.recipe(options["recipe"]) if options["recipe"] else config.load(options["config"]),
                options["data"],
                options["out"],
                weights=None if options["weights"] == "none" else options["weights"],
                cache=options["cache"] or options["out"] / "cache",
                resume=options["resume"],
                tensorboard=options["tensorboard"],
                cluster=cluster,
                log=self.stderr.write if cluster.chief else lambda line: None,
            )
        except (config.ConfigError, train.RunRefused, distribute.DistributionRefused, OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _export(self, run: Path, manifest: Path) -> None:
        export: ModuleType
        (export,) = training_modules("export")
        try:
            difference = export.export_run(run, manifest)
        except (config.ConfigError, export.ExportRefused, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{run} is exported; LiteRT and Keras differ by {difference:.1e}.")
