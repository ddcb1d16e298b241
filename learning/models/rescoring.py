"""Scoring history again, by the model in service.

    QUEUED ──first step──▶ RUNNING ──nothing left──▶ DONE
       │                      │
       └──────cancel──────────┴──────▶ CANCELLED

A run goes through the uploads that were there when it started, newest first, one at a time. What it is at lies in the
row: `current` is the upload under way, `cursor_at` and `cursor_id` the last one that was settled, so that a run which
is killed goes on where it was. `next_at` is pace and lease in one: until then nobody else takes a step. It is finished
(`finished_at`) once the owners of changed verdicts were told, cancelled or not.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detector.models import Label, ModelVersion, Upload


class RescoringState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Rescoring(models.Model):
    """One run through history; the fields without a value filter nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="rescorings")
    state = models.CharField(max_length=9, choices=RescoringState, default=RescoringState.QUEUED)
    per_minute = models.PositiveIntegerField(default=60)  # images, at most
    since = models.DateField(null=True, blank=True)  # handed in on this day or later
    until = models.DateField(null=True, blank=True)
    # With the account go its uploads, and with them the run: without an owner it would become one of everybody's.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    label = models.CharField(max_length=16, choices=Label, blank=True)  # what the machine's shown verdict is
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(default=timezone.now)
    current = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    cursor_at = models.DateTimeField(null=True, blank=True)
    cursor_id = models.UUIDField(null=True, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)  # counted by the first step
    scored = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)  # why it waits, or why it ended before its end

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # NULL for whatever has ended, and no two NULLs are alike: one open run, however many closed ones.
            models.UniqueConstraint(Case(When(Q(state__in=("queued", "running")), then=Value(1))), name="one_rescoring")
        ]

    def __str__(self) -> str:
        return f"history by {self.model_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether it still scores."""
        return self.state in (RescoringState.QUEUED, RescoringState.RUNNING)

    @property
    def settled(self) -> int:
        return self.scored + self.failed


class VerdictChange(models.Model):
    """An upload whose verdict is another one since a run; both stay in the history of the upload."""

    rescoring = models.ForeignKey(Rescoring, on_delete=models.CASCADE, related_name="changes")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="verdict_changes")
    before = models.CharField(max_length=16, choices=Label)
    before_probability = models.FloatField(null=True)
    before_version = models.CharField(max_length=40)
    after = models.CharField(max_length=16, choices=Label)
    after_probability = models.FloatField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)  # when its owner was told, in one notice for all of a run

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["rescoring", "upload"], name="one_change_per_rescoring")]
        indexes = [
            models.Index(fields=["rescoring", "-id"], name="changes_of_a_rescoring"),
            models.Index(fields=["rescoring", "before", "after"], name="changes_by_labels"),
            models.Index(fields=["rescoring"], condition=Q(told_at=None), name="changes_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
