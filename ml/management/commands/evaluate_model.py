"""manage.py evaluate_model RUN --data MANIFEST"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.config import ConfigError
from ml.data import SourceRefused
from ml.evaluate import Asked, evaluate
from ml.registry import ModelRefused


class Command(BaseCommand):
    help = (
        "Calibrate a run on its validation images and measure it on its test images, as they are, degraded and after "
        "many journeys. Needs no TensorFlow: it measures the exported model, as the site runs it. What was scored is "
        "kept in RUN/predictions, so that a second call takes seconds."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=Path, metavar="RUN", help="the folder that train_model wrote")
        parser.add_argument("--data", type=Path, required=True, help="the manifest it was trained on")
        for name, metavar, kind, words in (
            ("--also", "MANIFEST", Path, "manifests of sources that were never trained on; all images are measured"),
            (
                "--against",
                "FOLDER",
                Path,
                "registered versions to score on the same images, such as the one in service",
            ),
            ("--left-out", "NAME", str, "sources of the manifest that this run was not trained on, measured as well"),
            ("--leave-one-out", "RUN", Path, "evaluated runs whose left-out sources are gathered in one table"),
        ):
            parser.add_argument(name, type=kind, nargs="*", default=[], metavar=metavar, help=words)
        parser.add_argument(
            "--regression", type=Path, metavar="MANIFEST", help="confirmed mistakes, as export_regression lists them"
        )
        parser.add_argument("--baseline", type=Path, metavar="RUN", help="another evaluated run to score beside it")
        parser.add_argument(
            "--robustness",
            type=int,
            default=200,
            metavar="N",
            help="images of each source that take every journey (default: %(default)s; 0: none)",
        )
        parser.add_argument(
            "--at-most",
            type=int,
            default=2000,
            metavar="N",
            help="images measured of a source that was left out (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        asked = Asked(
            never_trained=options["also"],
            **{name: options[name] for name in Asked.__dataclass_fields__ if name != "never_trained"},
        )
        try:
            report = evaluate(options["run"], options["data"], asked, log=self.stderr.write)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except (ConfigError, ModelRefused, SourceRefused) as error:
            raise CommandError(str(error)) from error
        for part in ("never_trained", "test", "test_degraded"):
            for name, row in report[part].items():
                self.stdout.write(f"{part:14} {name:20} {_line(row)}")
        if "regression" in report:
            self.stdout.write(_mistakes(report["regression"]))


def _mistakes(measured: dict[str, Any]) -> str:
    told = ", ".join(f"{count} {outcome}" for outcome, count in measured["all"].items())
    return f"{measured['images']} confirmed mistakes: {told}"


def _line(row: dict[str, Any]) -> str:
    shares = {name: row[name]["value"] for name in ("false_alarms", "missed") if name in row}
    plain = {name: row[name] for name in ("accuracy", "auc", "inconclusive") if name in row}
    return "  ".join(f"{name} {value:.3f}" for name, value in (shares | plain).items()) + f"  of {row['images']}"
