"""manage.py drift [--json]: count what is new, and print every measure by week."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from detector.models import ModelVersion
from learning import drift
from learning.counting import collect
from learning.templatetags.learning import level_words

_ALL = 1_000_000


class Command(BaseCommand):
    help = "Count verdicts by week and print how far each week is from what is usual."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", metavar="VERSION", help="default: the model in service")
        parser.add_argument("--json", action="store_true", help="one JSON object a line: a week of a measure")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.write(f"{collect(_ALL)} verdicts counted, {drift.judge()} alarms raised")
        rows = ModelVersion.objects.filter(version=options["model"]) if options["model"] else _served()
        for course in drift.courses(rows.first()):
            for week in course.weeks:
                told = drift.told(course, week)
                self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else _words(told))


def _served() -> Any:
    return ModelVersion.objects.filter(is_current=True)


def _words(told: dict[str, Any]) -> str:
    distance = "-" if told["distance"] is None else f"{told['distance']:.2f}"
    what = f"{told['measure']:<12} {told['week']} {told['images']:>8} images  distance {distance:>5}"
    return f"{what}  {level_words(told['level'])}"
