"""Counts by person and day, and the marks of days that have to be counted again.

Counts are a copy of what the uploads say, kept so that a page need not read them all: losing one loses nothing.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

COUNTED = ("authentic", "ai_generated", "manipulated", "inconclusive", "failed")


class PersonDay(models.Model):
    """What was said of the uploads that one person handed in on one day (UTC), as it is shown."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    authentic = models.PositiveIntegerField(default=0)
    ai_generated = models.PositiveIntegerField(default=0)
    manipulated = models.PositiveIntegerField(default=0)
    inconclusive = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "day"], name="one_count_a_person_and_day"),)
        indexes = (models.Index(fields=["day"]), models.Index(fields=["counted_at"]))

    def __str__(self) -> str:
        return f"{self.day}: {self.total}"

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in COUNTED)


class DayChange(models.Model):
    """Something of this day changed. Rows are only added, so that two acts of one person never wait for each other."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        indexes = (models.Index(fields=["owner", "day"]),)

    def __str__(self) -> str:
        return f"{self.day} changed"
