"""How many rows a list has, as far as it is worth counting: a million are not counted to show one page."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """A number, and whether there are more than so many."""

    number: int
    more: bool

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.more else f"{self.number:,}"


def of(rows: QuerySet[Any], most: int = MOST) -> Count:
    found = rows.order_by()[: most + 1].count()
    return Count(min(found, most), found > most)
