"""manage.py measure_signals RUN --data MANIFEST [--also MANIFEST …]"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml import cards, data, signals
from ml.config import ConfigError, from_dict
from ml.progress_bar import ProgressBar
from ml.registry import CARD, TFLITE, Version
from ml.serve import Scorer


class Command(BaseCommand):
    help = (
        "Measure how often each signal of the ledger speaks of fakes and of photographs, and what the evidence gains "
        "over the model alone: weights from validation images, gains on test images. Written into RUN/signals.json, "
        "which register_model takes into the card. Needs an evaluated run, and the files of the manifest."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=Path, metavar="RUN", help="the folder of train_model and evaluate_model")
        parser.add_argument("--data", type=Path, required=True, help="the manifest it was trained on")
        parser.add_argument(
            "--also", type=Path, nargs="*", default=[], metavar="MANIFEST", help="never trained on: gains are shown"
        )
        parser.add_argument(
            "--at-most", type=int, default=60, metavar="N", help="images of one class of one source (default: 60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run, count = options["run"], options["at_most"]
        try:
            card = cards.compose(run) | {"version": run.name}
            scorer = Scorer(Version(run, card, (run / TFLITE).read_bytes(), ""))
            experiment = from_dict(card["experiment"])
            sides = [data.select(options["data"], experiment, side) for side in ("validation", "test")]
            also = [record for manifest in options["also"] for record in data.read(manifest)]
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except (ConfigError, KeyError, ValueError) as error:
            raise CommandError(f"{run.name} cannot be measured: {error}") from error
        validation, test = (data.thinned(records, count) for records in sides)
        self._write(run, card, *(self._examined(scorer, side) for side in (validation, [*test, *also])))

    def _examined(self, scorer: Scorer, records: list[data.Record]) -> list[signals.Examined]:
        return signals.examine(scorer, records, ProgressBar(sys.stderr))

    def _write(
        self, run: Path, card: dict[str, Any], validation: list[signals.Examined], test: list[signals.Examined]
    ) -> None:
        weights = signals.weights(validation)
        measured = {"signals": weights, "fusion": signals.gain(test, card | {"signals": weights})}
        (run / "signals.json").write_text(json.dumps(measured, indent=1), "utf-8")
        for name, row in weights.items():
            self.stdout.write(f"{name:12} {row['hits']} {row['false_alarms']} {row['log_likelihood_ratio']:.2f}")
        self.stdout.write(f"Written into {run / 'signals.json'}; register_model takes it into the {CARD}.")
