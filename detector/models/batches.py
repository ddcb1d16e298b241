"""Batches: many files that were handed in together, each with a result of its own."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from detector.models.cases import Case
from detector.models.uploads import Upload
from detector.queries import BatchQuerySet


class BatchState(models.TextChoices):
    ARRIVING = "arriving", "Arriving"  # its files are being stored; nobody sees it yet
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Under way"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class ItemState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Under way"
    DONE = "done", "Handed in"
    FAILED = "failed", "Refused"
    CANCELLED = "cancelled", "Cancelled"


class Batch(models.Model):
    """The row is the queue (batch_steps.py): `next_at` is when its next step is due, and the lease of who takes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    token = models.ForeignKey("accounts.ApiToken", on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=9, choices=BatchState, default=BatchState.ARRIVING)
    external_id = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list)
    case = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    next_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Batch"]] = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="batches_of_a_person"),
            models.Index(fields=["next_at"], condition=models.Q(finished_at=None), name="batches_due"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state}"


class BatchItem(models.Model):
    """One file of a batch. `staged` is where its bytes wait; empty once they are handed in or refused."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=255, blank=True)  # emptied when the upload is deleted
    state = models.CharField(max_length=9, choices=ItemState, default=ItemState.QUEUED)
    staged = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, related_name="batch_items")
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_place_in_a_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.position}: {self.state}"
