"""Training runs that a person starts from the site.

    QUEUED ──claim──▶ RUNNING ──finish──▶ DONE, with a candidate that a person promotes
      │                  │
      │                  ├──fail, or no heartbeat any more──▶ FAILED
      └──cancel──▶ CANCELLED ◀──the run sees that it was asked to stop──┘

Every arrow is one conditional update (runs.py), and at most one run is open at a time. The process that trains writes
its heartbeat here; whatever is shown lies in the row, since the run's folder may be on another machine.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detector.models import ModelVersion


class RunState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Stage(models.TextChoices):
    """What a running run does."""

    EXPORT = "export", _("Exporting reviewed images")
    PREPARE = "prepare", _("Preparing the data")
    TRAIN = "train", _("Training")
    CONVERT = "convert", _("Converting the model")
    EVALUATE = "evaluate", _("Measuring it")
    REGISTER = "register", _("Registering the candidate")


OPEN = (RunState.QUEUED, RunState.RUNNING)


class TrainingRun(models.Model):
    """One retraining, from the reviewed images to a registered candidate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=9, choices=RunState, default=RunState.QUEUED)
    only_new = models.BooleanField(default=False)  # without the data that the served model was trained on
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="training_runs"
    )
    started_from = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    candidate = models.ForeignKey(ModelVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    rung_at = models.DateTimeField(default=timezone.now)  # when a worker was told of it last
    begun_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=8, choices=Stage, blank=True)
    done = models.PositiveIntegerField(default=0)  # of `total` steps of the whole training, or images of a stage
    total = models.PositiveIntegerField(default=0)
    curve = models.JSONField(default=list)  # the rows of history.csv
    figures = models.JSONField(default=dict)  # how many images were exported, what the evaluation said of mistakes
    note = models.CharField(max_length=300, blank=True)  # the last line that the run told
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # NULL for whatever has ended, and no two NULLs are alike: one open run, however many closed ones.
            models.UniqueConstraint(Case(When(Q(state__in=OPEN), then=Value(1))), name="one_open_training_run")
        ]

    def __str__(self) -> str:
        return f"run of {self.created_at:%d %B %Y, %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it may still change by itself."""
        return self.state in OPEN
