"""manage.py evaluate_model RUN --data MANIFEST"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.evaluate import evaluate


class Command(BaseCommand):
    help = (
        "Calibrate a run on its validation images and measure it on its test images, as they are and degraded. "
        "Needs no TensorFlow: it measures the exported model, as the site runs it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=Path, metavar="RUN", help="the folder that train_model wrote")
        parser.add_argument("--data", type=Path, required=True, help="the manifest it was trained on")
        parser.add_argument(
            "--also",
            type=Path,
            nargs="*",
            default=[],
            metavar="MANIFEST",
            help="manifests of sources that were never trained on; all their images are measured",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = evaluate(options["run"], options["data"], options["also"], log=self.stderr.write)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        for part in ("never_trained", "test", "test_degraded"):
            for name, row in report[part].items():
                self.stdout.write(f"{part:14} {name:20} {_line(row)}")


def _line(row: dict[str, Any]) -> str:
    shares = {name: row[name]["value"] for name in ("false_alarms", "missed") if name in row}
    plain = {name: row[name] for name in ("accuracy", "auc", "inconclusive") if name in row}
    return "  ".join(f"{name} {value:.3f}" for name, value in (shares | plain).items()) + f"  of {row['images']}"
