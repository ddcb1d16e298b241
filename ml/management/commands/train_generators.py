"""manage.py train_generators --data MANIFEST --out FOLDER"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml import data
from ml.images import InvalidImage
from ml.management.training import training_modules
from ml.synth import EditRefused

_IMAGES = 2000
_HELD_OUT = 100


class Command(BaseCommand):
    help = "Train the small generators whose reconstructions of photographs teach a detector what generators leave."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="the manifest of prepare_dataset")
        parser.add_argument("--out", type=Path, required=True, help="the folder of the generators")
        parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="these (default: all)")
        parser.add_argument("--steps", type=int, default=500, help="batches of 8 crops of 128 pixels (default: 500)")
        parser.add_argument("--sources", nargs="+", default=(), help="train on these sources (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        autoencoders, reconstruct = training_modules("autoencoders", "reconstruct")
        if unknown := [name for name in options["only"] if name not in autoencoders.DESIGNS]:
            raise CommandError(f"No generator {unknown[0]!r}; there are {', '.join(autoencoders.DESIGNS)}.")
        try:
            records = list(data.read(options["data"]))
            training = reconstruct.crops(records, "train", _IMAGES, sources=options["sources"])
            held_out = reconstruct.crops(records, "validation", _HELD_OUT, sources=options["sources"])
            for name in options["only"] or autoencoders.DESIGNS:
                design = autoencoders.DESIGNS[name]
                trained = reconstruct.train(design, training, held_out, options["out"], steps=options["steps"])
                self.stdout.write(f"{name:16} {trained.steps} steps, {trained.psnr:.1f} dB on unseen photographs")
        except (EditRefused, InvalidImage, OSError) as error:
            raise CommandError(str(error)) from error
