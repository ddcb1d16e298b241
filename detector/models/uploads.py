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
from django.utils.translation import gettext_lazy as _

from detector.queries import AnalysisQuerySet, UploadQuerySet


class Label(models.TextChoices):
    AUTHENTIC = "authentic", _("No sign of manipulation found")
    AI_GENERATED = "ai_generated", _("Likely AI-generated")
    MANIPULATED = "manipulated", _("Likely manipulated")
    INCONCLUSIVE = "inconclusive", _("Inconclusive")


class State(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being analysed")
    DONE = "done", _("Analysed")
    FAILED = "failed", _("Could not be analysed")


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
    note = models.CharField(max_length=2000, blank=True)  # of the owner, for the owner alone
    external_id = models.CharField(max_length=200, blank=True)  # what the program that handed it in calls it
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="duplicates"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    tag_words = models.TextField(blank=True, editable=False)  # its tags, a line each, for the search (tags.py)
    # What it is shown as. The data base writes these by itself (shown.py): nothing else may.
    shown_label = models.CharField(max_length=16, choices=Label, blank=True, editable=False)
    shown_state = models.CharField(max_length=8, choices=State, default=State.QUEUED, editable=False)
    shown_model = models.ForeignKey(
        "ModelVersion", on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    objects: ClassVar[models.Manager["Upload"]] = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"]),
            models.Index(fields=["-created_at", "-id"]),
            # Of each filter of the history, in the order of its list: one's own, and everybody's.
            models.Index(fields=["owner", "shown_label", "-created_at", "-id"], name="own_by_label"),
            models.Index(fields=["owner", "shown_state", "-created_at", "-id"], name="own_by_state"),
            models.Index(fields=["owner", "shown_model", "-created_at", "-id"], name="own_by_model"),
            models.Index(fields=["shown_label", "-created_at", "-id"], name="all_by_label"),
            models.Index(fields=["shown_state", "-created_at", "-id"], name="all_by_state"),
            models.Index(fields=["shown_model", "-created_at", "-id"], name="all_by_model"),
            # Of one content and one person: else a planner walks through all that this person ever handed in.
            models.Index(fields=["original", "owner", "created_at"], name="uploads_by_content"),
            models.Index(
                fields=["owner", "external_id"], condition=~models.Q(external_id=""), name="uploads_by_external_id"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def latest(self) -> "Analysis | None":
        """The analysis that is shown, chosen in Python so that a prefetched list is used (`shown_first` in SQL).

        A verdict before none at all, so that one which stands is not hidden while a newer model looks again, or fails.
        """
        return max(
            self.analyses.all(), key=lambda one: (one.state == State.DONE, one.shown_since, one.pk), default=None
        )


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
    shown_since = models.DateTimeField(default=timezone.now)  # of two verdicts the one shown last is shown
    label = models.CharField(max_length=16, choices=Label, blank=True)
    fake_probability = models.FloatField(null=True, blank=True)
    probabilities = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    heatmap = models.JSONField(null=True, blank=True)  # rows of 0..1, a few dozen numbers: no file to keep
    own = models.JSONField(default=dict)  # the verdict of the model alone, before the deep signals had their say
    parts = models.JSONField(default=dict)  # of its sentences, for readers of other languages (sentences.py)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)
    ledger_state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    ledger_attempts = models.PositiveSmallIntegerField(default=0)
    ledger_lease_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Analysis"]] = AnalysisQuerySet.as_manager()

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

    @cached_property
    def is_first(self) -> bool:
        """Whether no other model gave this upload a verdict before: what a later one finds is told in one digest."""
        earlier = Analysis.objects.filter(upload_id=self.upload_id, pk__lt=self.pk, state=State.DONE)
        return not earlier.exists()


class Finding(models.Model):
    """One row of the evidence ledger of an analysis."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="findings")
    position = models.PositiveSmallIntegerField()
    signal = models.CharField(max_length=40)
    stance = models.CharField(max_length=24)
    summary = models.CharField(max_length=500)
    details = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)  # of its sentences, for readers of other languages (sentences.py)
    picture = models.CharField(max_length=200, blank=True)  # its path in the storage, where there is one

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.signal}: {self.stance}"
