"""manage.py prepare_dataset [NAME=]PATH[:LAYOUT]… --out MANIFEST"""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.data import SourceRefused
from ml.data_page import notes
from ml.importers import LAYOUTS
from ml.importers.source import Source
from ml.leaks import TOGETHER
from ml.prepare import prepare
from ml.progress_bar import ProgressBar
from ml.treatment import NORMALISE, TREATMENTS


def source(text: str) -> Source:
    """Parse [NAME=]PATH[:LAYOUT]; without a name the source is called like its folder or file."""
    name, _, path = text.rpartition("=")
    before, colon, layout = path.rpartition(":")
    if colon and layout in LAYOUTS and not Path(path).exists():
        path = before
    else:
        layout = ""
    if not Path(path).exists():
        raise ArgumentTypeError(f"{path} is no folder and no file")
    return Source(Path(path), name, layout)


def named_text(text: str) -> tuple[str, str]:
    """Parse NAME=TEXT."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ArgumentTypeError(f"{text} is not NAME=…")
    return name, value


class Command(BaseCommand):
    help = (
        "Turn sources of images into a manifest: split 100:20:20 by group and hash, duplicates on one side, unreadable "
        "files and leaks reported, a data card beside it. What was stopped goes on when it is called again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "sources",
            nargs="+",
            type=source,
            metavar="[NAME=]PATH[:LAYOUT]",
            help=f"a folder or a list of files; layouts are recognised, or chosen: {', '.join(LAYOUTS)}",
        )
        parser.add_argument("--out", type=Path, required=True, help="the manifest to write (JSON lines)")
        parser.add_argument("--originals-only", action="store_true", help="only JPEGs straight from a camera")
        parser.add_argument(
            "--leaks",
            choices=TREATMENTS,
            default=NORMALISE,
            help="what becomes of a source whose files give the class away (default: normalise)",
        )
        for option, meaning in (("--licence", "the terms of a source"), ("--masks", "a source's folder of masks")):
            metavar = f"NAME={'TEXT' if option == '--licence' else 'FOLDER'}"
            parser.add_argument(option, action="append", default=[], type=named_text, metavar=metavar, help=meaning)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = prepare(
                _completed(options["sources"], dict(options["licence"]), dict(options["masks"])),
                options["out"],
                originals_only=options["originals_only"],
                treat=options["leaks"],
                tick=ProgressBar(sys.stderr),
            )
        except (SourceRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self._show(report)

    def _show(self, report: dict[str, Any]) -> None:
        for source, label, side, count in report["counts"]:
            self.stdout.write(f"{source:24} {label:14} {side:12} {count:8}")
        for line in (*_leaks(report["leaks"], "LEAK"), *_leaks(report["leaks_after"], "LEFT"), *notes(report)):
            self.stdout.write(line)
        self.stdout.write(f"{report['images']} images, {len(report['unreadable'])} unreadable")


def _completed(sources: Sequence[Source], licences: dict[str, str], masks: dict[str, str]) -> list[Source]:
    """The sources with their terms and masks.

    Raises:
        SourceRefused: two sources have one name, or an option names a source that is not there.
    """
    titles = [source.title for source in sources]
    if twice := sorted({title for title in titles if titles.count(title) > 1}):
        raise SourceRefused(f"Two sources are called {twice[0]}: give each its own NAME=PATH.")
    if unknown := sorted((licences.keys() | masks.keys()) - set(titles)):
        raise SourceRefused(f"There is no source {unknown[0]}; there are {', '.join(titles)}.")
    folders = {name: Path(folder) for name, folder in masks.items()}
    return [
        Source(source.path, source.name, source.layout, licences.get(source.title, ""), folders.get(source.title))
        for source in sources
    ]


def _leaks(found: Sequence[dict[str, Any]], word: str) -> Iterator[str]:
    for leak in found:
        if leak["suspicious"]:
            told = "all traits together tell" if leak["trait"] == TOGETHER else f"{leak['trait']} alone tells"
            yield f"{word}  {leak['source']}: {told} the class, AUC {leak['auc']:.2f}"
