"""Tags of reviews: which are in use, and who gave one."""

import json
from collections import Counter

from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from detector.models import Review

_LOOKED_AT = 500  # newest reviews in which tags are counted
_SUGGESTED = 12


def suggested() -> list[str]:
    """The tags that were given most often of late, most frequent first."""
    newest = Review.objects.filter(undone_at=None).order_by("-pk").values_list("tags", flat=True)[:_LOOKED_AT]
    counted = Counter(tag for tags in newest for tag in tags)
    return [tag for tag, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:_SUGGESTED]]


def given(tag: str) -> QuerySet[Review]:
    """Reviews that stand or stood with this tag, on a data base that searches JSON and on one that only reads text."""
    wanted, rows = " ".join(tag.split()).lower(), Review.objects.filter(undone_at=None)
    if connection.features.supports_json_field_contains:
        return rows.filter(tags__contains=[wanted])
    return rows.annotate(tags_text=Cast("tags", TextField())).filter(tags_text__contains=json.dumps(wanted))


def split(text: str) -> list[str]:
    """What a person typed into one field, between commas."""
    return [part for part in text.split(",") if part.strip()]
