"""manage.py analyze PATH… : score files and folders without a server and without storing them."""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from detector import models_in_use, offline
from detector.errors import NoModel
from detector.limits import limits
from detector.report import Report
from ml import serve
from ml.serve import Scorer


class Command(BaseCommand):
    help = "Score images, or every file below a folder, and print a verdict for each. Nothing is stored."
    requires_system_checks: list[str] = []  # it must run beside a server, and from a read-only checkout

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder to go through")
        parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output")
        parser.add_argument(
            "--workers", type=int, default=min(4, os.cpu_count() or 1), help="threads (default: %(default)s)"
        )
        parser.add_argument("--quick", action="store_true", help="the verdict alone, without the deep signals")
        parser.add_argument("--model", type=Path, help="a model folder; default: the model in service")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 1:
            raise CommandError("--workers must be at least 1.")
        scorer = _scorer(options["model"])
        show = _json_line if options["json"] else _words
        total = failed = 0
        paths, quick = options["paths"], options["quick"]
        for found in offline.score_all(scorer, paths, limits(), options["workers"], quick=quick):
            total, failed = total + 1, failed + bool(found["error"])
            self.stdout.write(show(found))
            self._progress(total)
        self.stderr.write(f"{total} files, {failed} failed, model {scorer.info.version}")
        if failed:
            sys.exit(1)

    def _progress(self, total: int) -> None:
        if total % 500 == 0:
            self.stderr.write(f"{total} files …")


def _scorer(folder: Path | None) -> Scorer:
    """The model asked for, the one in service, or, where no data base is, the one that ships."""
    try:
        return serve.load(folder) if folder else models_in_use.scorer_for_shell()
    except (NoModel, serve.ModelRefused) as error:
        raise CommandError(str(error)) from error


def _json_line(found: Report) -> str:
    return json.dumps(found, ensure_ascii=False)


def _words(found: Report) -> str:
    if found["error"]:
        return f"{found['path']}: {found['error']['detail']}"
    verdict = found["verdict"]
    return f"{found['path']}: {verdict['label']}. {verdict['reasons'][0]}"
