"""Original, Upload, Analysis, Finding and ModelVersion.

An `Analysis` row is a place in the queue; Celery only rings the bell. Its states:

    QUEUED ──claim──▶ RUNNING ──finish──▶ DONE
      ▲                 │  │
      └──lease expired──┘  └──fail, or the third lease expired──▶ FAILED

Once the verdict is there the deep signals of the ledger walk the same path in `ledger_state` (examination.py); where
there is no verdict, there is no ledger either: both are FAILED.

Every arrow is one conditional update (leases.py), so that of two workers exactly one walks it.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from detector.queries import UploadQuerySet


class Label(models.TextChoices):
    AUTHENTIC = "authentic", "No sign of manipulation found"
    AI_GENERATED = "ai_generated", "Likely AI-generated"
    MANIPULATED = "manipulated", "Likely manipulated"
    INCONCLUSIVE = "inconclusive", "Inconclusive"


class State(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being analysed"
    DONE = "done", "Analysed"
    FAILED = "failed", "Could not be analysed"


class Original(models.Model):
    """The bytes of a file, kept once however often they are uploaded; `sha256` names the stored file."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    format = models.CharField(max_length=8)
    mime = models.CharField(max_length=32)
    extension = models.CharField(max_length=8)
    bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.format} {self.width}×{self.height}"


class PictureHash(models.Model):
    """What the copies of a picture are recognised by: a fingerprint, None of a picture too plain to have one."""

    original = models.OneToOneField(Original, on_delete=models.CASCADE, related_name="fingerprint")
    bits = models.BinaryField(max_length=40, null=True)

    class Meta:
        verbose_name_plural = "picture hashes"

    def __str__(self) -> str:
        return f"fingerprint of {self.original_id[:12]}"


class Upload(models.Model):
    """One act of handing in a file: who, when, under which name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    original = models.ForeignKey(Original, on_delete=models.PROTECT, related_name="uploads")
    name = models.CharField(max_length=255)
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="duplicates"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Upload"]] = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"]),
            models.Index(fields=["-created_at", "-id"]),
            # Of one content and one person: else a planner walks through all that this person ever handed in.
            models.Index(fields=["original", "owner", "created_at"], name="uploads_by_content"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def latest(self) -> "Analysis | None":
        """The newest analysis, chosen in Python so that a prefetched list is used."""
        return max(self.analyses.all(), key=lambda analysis: analysis.pk, default=None)


class ModelVersion(models.Model):
    """A registered model: which folder, which digest, which card. At most one is current."""

    version = models.CharField(max_length=40, unique=True)
    sha256 = models.CharField(max_length=64)
    folder = models.CharField(max_length=500)
    card = models.JSONField(default=dict)
    is_current = models.BooleanField(default=False)
    registered_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-registered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=models.Q(is_current=True), name="one_current_model"
            )
        ]

    def __str__(self) -> str:
        return self.version


class Analysis(models.Model):
    """The scoring of one upload by one model, from the queue to the verdict."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="analyses")
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="analyses")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    label = models.CharField(max_length=16, choices=Label, blank=True)
    fake_probability = models.FloatField(null=True, blank=True)
    probabilities = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    heatmap = models.JSONField(null=True, blank=True)  # rows of 0..1, a few dozen numbers: no file to keep
    own = models.JSONField(default=dict)  # the verdict of the model alone, before the deep signals had their say
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)
    ledger_state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    ledger_attempts = models.PositiveSmallIntegerField(default=0)
    ledger_lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "analyses"
        constraints = [models.UniqueConstraint(fields=["upload", "model"], name="one_analysis_per_model")]
        indexes = [
            models.Index(fields=["state", "lease_until"]),
            models.Index(fields=["ledger_state", "ledger_lease_until"]),
            models.Index(fields=["label", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} by {self.model_id}: {self.state}"


class Finding(models.Model):
    """One row of the evidence ledger of an analysis."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="findings")
    position = models.PositiveSmallIntegerField()
    signal = models.CharField(max_length=40)
    stance = models.CharField(max_length=24)
    summary = models.CharField(max_length=500)
    details = models.JSONField(default=dict)
    picture = models.CharField(max_length=200, blank=True)  # its path in the storage, where there is one

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.signal}: {self.stance}"
