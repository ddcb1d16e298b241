"""What comes in, counted by week: a page over a million uploads reads a few hundred rows.

The counts say nothing of a person or a picture; they stay when uploads are deleted.
"""

from django.db import models
from django.utils import timezone

from detector.models import ModelVersion


class WeeklyCount(models.Model):
    """How many verdicts of one week and model fell into one bucket of one measure."""

    week = models.DateField()  # its Monday
    model = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    measure = models.CharField(max_length=16)
    bucket = models.CharField(max_length=24)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["week", "measure", "bucket"]
        constraints = [
            models.UniqueConstraint(fields=["week", "model", "measure", "bucket"], name="one_count_per_bucket")
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.measure} {self.bucket}: {self.count}"


class CountCursor(models.Model):
    """The one row that says how far the counting is: the last analysis counted, and until when all are."""

    analysis_id = models.BigIntegerField(default=0)
    counted_until = models.DateTimeField(null=True, blank=True)
    judged_week = models.DateField(null=True, blank=True)  # the last week that was compared, its Monday

    def __str__(self) -> str:
        return f"counted until {self.counted_until}"


class DriftAlarm(models.Model):
    """A measure of a week that is far from its reference: told once."""

    week = models.DateField()
    version = models.CharField(max_length=40, blank=True)  # empty: a measure of the files, whichever model looked
    measure = models.CharField(max_length=16)
    distance = models.FloatField()  # the population stability index
    count = models.PositiveBigIntegerField()
    reference = models.CharField(max_length=8)  # "card" or "weeks"
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-week", "measure"]
        constraints = [
            models.UniqueConstraint(fields=["week", "version", "measure"], name="one_alarm_per_week_and_measure")
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.measure}: {self.distance:.2f}"
