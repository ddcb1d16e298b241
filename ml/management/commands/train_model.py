"""manage.py train_model (--config FILE | --recipe NAME | --from-reviews MANIFEST | --export-only RUN) --out RUN"""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from detector import models_in_use
from detector.errors import NoModel
from ml import config, recipes, reviews
from ml.management.training import exports, training_modules
from ml.registry import ModelRefused
from ml.reviews import Plan


class Command(BaseCommand):
    help = (
        "Train the model of one experiment on a manifest, and export it; or go on from the model in service with what "
        "people decided. A run that was stopped goes on with --resume."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument("--config", type=Path, help="the experiment (TOML, see ml/configs)")
        chosen.add_argument("--recipe", help=f"an experiment that comes with the program: {', '.join(recipes.names())}")
        chosen.add_argument("--export-only", type=Path, metavar="RUN", help="train nothing, export a finished run")
        parser.add_argument(
            "--data", type=Path, help="the manifest of prepare_dataset; with --from-reviews the old one"
        )
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
        new = parser.add_argument_group("going on with what people decided")
        new.add_argument(
            "--from-reviews", type=Path, metavar="MANIFEST", help="the prepared manifest of export_dataset"
        )
        new.add_argument("--start", type=Path, metavar="FOLDER", help="the version to go on from (default: in service)")
        new.add_argument("--only-new", action="store_true", help="without the old data, at the price of forgetting")

    def handle(self, *args: Any, **options: Any) -> None:
        run = options["export_only"] or options["out"]
        if run is None:
            raise CommandError("Say with --out in which folder the run shall lie.")
        manifest = self._trained(options) if not options["export_only"] else _given(options)
        if options["worker"] > 0:
            return
        if exports():
            self._export(run, manifest)
        else:
            self.stdout.write(
                f"Trained into {run}. The export needs TensorFlow: run `train_model --export-only RUN --data MANIFEST` "
                "with it."
            )

    def _trained(self, options: dict[str, Any]) -> Path:
        """Train, and return the manifest that was trained on."""
        train, distribute = training_modules("train", "distribute")
        try:
            plan = self._plan(options)
            cluster = distribute.cluster(options["distribute"], options["worker"])
            train.train(
                plan.experiment,
                plan.manifest,
                options["out"],
                weights=plan.start,
                cache=options["cache"] or options["out"] / "cache",
                resume=options["resume"],
                tensorboard=options["tensorboard"],
                cluster=cluster,
                log=self.stderr.write if cluster.chief else lambda line: None,
                about=plan.about,
            )
        except (config.ConfigError, train.RunRefused, distribute.DistributionRefused, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        except (ModelRefused, NoModel) as error:
            raise CommandError(str(error)) from error
        return plan.manifest

    def _plan(self, options: dict[str, Any]) -> Plan:
        if options["from_reviews"]:
            return _from_reviews(options, self.stderr.write)
        if options["only_new"] or options["start"]:
            raise CommandError("--only-new and --start belong to --from-reviews MANIFEST.")
        if options["recipe"] == reviews.RECIPE or not (options["recipe"] or options["config"]):
            raise CommandError(
                "Say what to train: --config FILE, --recipe NAME, or --from-reviews MANIFEST, which goes on from the "
                "model in service."
            )
        experiment = recipes.recipe(options["recipe"]) if options["recipe"] else config.load(options["config"])
        weights = None if options["weights"] == "none" else options["weights"]
        return Plan(experiment, _given(options), weights, {})

    def _export(self, run: Path, manifest: Path) -> None:
        export: ModuleType
        (export,) = training_modules("export")
        try:
            difference = export.export_run(run, manifest)
        except (config.ConfigError, export.ExportRefused, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{run} is exported; LiteRT and Keras differ by {difference:.1e}.")


def _given(options: dict[str, Any]) -> Path:
    manifest: Path | None = options["data"]
    if manifest is None:
        raise CommandError("Say with --data which manifest to train on.")
    return manifest


def _from_reviews(options: dict[str, Any], log: Callable[[str], None]) -> Plan:
    served = options["start"] or models_in_use.folder_for_shell()
    if options["only_new"] and options["data"]:
        raise CommandError("Either --only-new or the old data with --data, not both.")
    if not (options["only_new"] or options["data"]):
        raise CommandError(
            "A model that learns from the reviews alone forgets. Give the manifest that it was trained on with --data; "
            "where that is not at hand, accept it with --only-new."
        )
    given = options["config"] or (recipes.FOLDER / f"{options['recipe'] or reviews.RECIPE}.toml")
    return reviews.plan(
        served, options["from_reviews"], options["data"], options["out"], values=config.read(given), log=log
    )
