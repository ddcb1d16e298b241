"""A candidate in the shadow of the model that serves: it scores some of what is handed in, and nobody is shown it.

    QUEUED ──claim──▶ RUNNING ──▶ DONE | FAILED

The row is the queue, as everywhere. It is made after the verdict is committed, so that whatever becomes of the
candidate the verdict is there.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detector.models import Analysis, Label, ModelVersion, State, Upload


class ShadowEnd(models.TextChoices):
    """Why a shadow is over."""

    STOPPED = "stopped", _("A person ended it")
    ENOUGH = "enough", _("It has scored as many uploads as it was asked to")
    BROKEN = "broken", _("The candidate failed again and again")
    SERVES = "serves", _("The candidate came into service")


class Shadow(models.Model):
    """One trial of one candidate; at most one is under way."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="shadows")
    share = models.FloatField(default=0.2)  # of the uploads, at most, above 0 to 1
    at_most = models.PositiveIntegerField(default=5000)  # uploads, then it ends by itself
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=8, choices=ShadowEnd, blank=True)
    trouble = models.CharField(max_length=300, blank=True)  # what broke last

    class Meta:
        ordering = ["-started_at"]
        constraints = [models.UniqueConstraint(Case(When(Q(ended_at=None), then=Value(1))), name="one_shadow")]

    def __str__(self) -> str:
        return f"{self.model_id} in the shadow since {self.started_at:%d %B %Y}"


class ShadowScore(models.Model):
    """What the candidate said of one upload, beside what the model in service said of it then."""

    shadow = models.ForeignKey(Shadow, on_delete=models.CASCADE, related_name="scores")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="shadow_scores")
    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="shadow_scores")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    label = models.CharField(max_length=16, choices=Label, blank=True)
    probability = models.FloatField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    shown_label = models.CharField(max_length=16, choices=Label, blank=True)
    shown_probability = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["shadow", "upload"], name="once_in_a_shadow")]
        indexes = [
            models.Index(fields=["shadow", "state", "shown_label", "label"], name="shadow_compared"),
            models.Index(fields=["state", "taken_at"], name="shadow_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.shown_label} → {self.label}"
