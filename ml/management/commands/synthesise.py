"""manage.py synthesise MANIFEST --out MANIFEST2 --count N"""

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml import data
from ml.data import Record
from ml.images import InvalidImage
from ml.management.training import training_modules
from ml.synth import EDITS, EditRefused
from ml.synth.planning import plan
from ml.synth.storing import stored

_EVERY = 100


class Manifest:
    """The records of a file, read anew by each loop, so that planning can pass over them twice."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[Record]:
        return data.read(self.path)


class Command(BaseCommand):
    help = "Append pictures made from the authentic ones, manipulated or reconstructed, to a copy of a manifest."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("manifest", type=Path, help="the manifest of prepare_dataset")
        parser.add_argument("--out", type=Path, required=True, help="the manifest to write")
        parser.add_argument("--count", type=int, required=True, help="how many pictures are made")
        parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same pictures")
        parser.add_argument("--edits", nargs="+", default=EDITS, choices=EDITS, help="the edits (default: all)")
        parser.add_argument("--sources", nargs="+", default=(), help="make them from these sources (default: all)")
        parser.add_argument("--per-image", type=int, default=4, help="at most so many of one photograph (default: 4)")
        parser.add_argument("--stored", type=Path, help="write files here instead of making pixels when they are read")
        parser.add_argument(
            "--reconstruct", type=Path, help="no edits: --count photographs through each generator here"
        )
        parser.add_argument("--generators", nargs="+", default=(), metavar="NAME", help="these of them (default: all)")
        parser.add_argument("--only-new", action="store_true", help="leave the manifest's own records out of --out")

    def handle(self, *args: Any, **options: Any) -> None:
        manifest = Manifest(options["manifest"])
        try:
            kept = iter(()) if options["only_new"] else iter(manifest)
            make = self._reconstructed if options["reconstruct"] else self._edited
            written = data.write(options["out"], chain(kept, make(manifest, options)))
        except (EditRefused, InvalidImage, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{written} records in {options['out']}.")

    def _reconstructed(self, manifest: Manifest, options: dict[str, Any]) -> Iterator[Record]:
        if not options["stored"]:
            raise CommandError("Reconstructions are files: say with --stored where they are to lie.")
        (reconstruct,) = training_modules("reconstruct")
        yield from reconstruct.reconstruct(
            manifest,
            reconstruct.load(options["reconstruct"], options["generators"]),
            options["stored"],
            count=options["count"],
            sources=options["sources"],
            tick=self._tick,
        )

    def _tick(self, name: str, done: int) -> None:
        if done % _EVERY == 0:
            self.stderr.write(f"{name}: {done} …")

    def _edited(self, manifest: Manifest, options: dict[str, Any]) -> Iterator[Record]:
        planned = plan(
            manifest,
            total=options["count"],
            edits=options["edits"],
            seed=options["seed"],
            per_image=options["per_image"],
            sources=options["sources"],
        )
        return stored(planned, options["stored"]) if options["stored"] else planned
