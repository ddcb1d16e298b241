"""What the two commands that export have in common: one argument, one refusal, a few lines."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import SYSTEM, Actor
from learning.dataset import Exported
from learning.errors import LearningRefused

_REASONS = {
    "no_consent": "the owner has not agreed to training",
    "unsure": "the reviewers were unsure",
    "contradicted": "the reviewers contradict each other",
    "missing": "the file is gone; run check_integrity",
}


class ExportCommand(BaseCommand):
    """`act` does it; `then` is the line that says how it goes on."""

    act: Callable[..., Exported]
    then = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT", help="a new folder, or that of an earlier export")

    def handle(self, *args: Any, **options: Any) -> None:
        actor: Actor = SYSTEM
        try:
            exported = type(self).act(actor, out=options["out"])
        except LearningRefused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be written: {error.strerror}.") from error
        for line in told(exported):
            self.stdout.write(line)
        if exported.images:
            self.stdout.write(self.then.format(manifest=exported.manifest))


def told(exported: Exported) -> Iterator[str]:
    """What was exported, and what was not."""
    labels = ", ".join(f"{count} {label}" for label, count in exported.labels.items())
    yield f"{exported.images} images{f': {labels}' if labels else ''}"
    for reason, count in exported.left_out.items():
        yield f"{count} left out: {_REASONS[reason]}"
