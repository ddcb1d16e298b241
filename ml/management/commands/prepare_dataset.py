"""manage.py prepare_dataset NAME=FOLDER… --out MANIFEST"""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.prepare import NothingFound, prepare


def named_folder(text: str) -> tuple[str, Path]:
    """Parse NAME=FOLDER, or a FOLDER whose own name is the source's."""
    name, _, folder = text.rpartition("=")
    path = Path(folder)
    if not path.is_dir():
        raise ArgumentTypeError(f"{folder} is no folder")
    return name or path.resolve().name, path


class Command(BaseCommand):
    help = (
        "Turn folders of images into a manifest: split 100:20:20 by group and hash, duplicates on one side, "
        "unreadable files and leaks reported."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "sources",
            nargs="+",
            type=named_folder,
            metavar="[NAME=]FOLDER",
            help="a source: a folder with authentic/, ai_generated/ or manipulated/ and, if need be, groups.csv",
        )
        parser.add_argument("--out", type=Path, required=True, help="the manifest to write (JSON lines)")
        parser.add_argument("--originals-only", action="store_true", help="only JPEGs straight from a camera")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = prepare(
                dict(options["sources"]),
                options["out"],
                originals_only=options["originals_only"],
                tick=lambda done: self.stderr.write(f"{done} images …"),
            )
        except NothingFound as error:
            raise CommandError(str(error)) from error
        self._show(report)

    def _show(self, report: dict[str, Any]) -> None:
        for source, label, side, count in report["counts"]:
            self.stdout.write(f"{source:24} {label:14} {side:12} {count:8}")
        for leak in report["leaks"]:
            if leak["suspicious"]:
                self.stdout.write(
                    f"LEAK  {leak['source']}: {leak['trait']} alone tells the class, AUC {leak['auc']:.2f}"
                )
        self.stdout.write(f"{report['images']} images, {len(report['unreadable'])} unreadable")
