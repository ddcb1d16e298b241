"""What people decided about an upload. A review stands above the machine's verdict and never erases it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detector.models.uploads import Analysis, Label, Upload


class Decision(models.TextChoices):
    AUTHENTIC = "authentic", _("Authentic")
    AI_GENERATED = "ai_generated", _("AI-generated")
    MANIPULATED = "manipulated", _("Manipulated")
    UNSURE = "unsure", _("Unsure")


class Occasion(models.TextChoices):
    """Why a person looked."""

    QUEUE = "queue", _("From the queue")
    SECOND = "second", _("Second opinion")
    APPEAL = "appeal", _("Appeal")
    BULK = "bulk", _("Bulk decision")


class Review(models.Model):
    """One decision of one person. It is never changed: who takes it back sets `undone_at`, who decides anew adds a row.

    What stands is the newest row that is not undone (review.py). The machine's verdict of that moment is copied, since
    evidence may revise it later.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="reviews")
    analysis = models.ForeignKey(Analysis, on_delete=models.SET_NULL, null=True, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="reviews")
    decision = models.CharField(max_length=16, choices=Decision)
    occasion = models.CharField(max_length=8, choices=Occasion, default=Occasion.QUEUE)
    note = models.CharField(max_length=2000, blank=True)
    tags = models.JSONField(default=list)  # short words, in the order in which they were given
    machine_label = models.CharField(max_length=16, choices=Label, blank=True)
    machine_probability = models.FloatField(null=True, blank=True)
    machine_version = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    effective_at = models.DateTimeField(default=timezone.now)  # until then it can be undone and the owner is not told
    undone_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # the undo period is over, and who must know was told

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["upload", "-id"], name="reviews_of_an_upload"),
            models.Index(fields=["reviewer", "-id"], name="reviews_of_a_person"),
            models.Index(fields=["effective_at"], name="reviews_by_effect"),
            models.Index(
                fields=["effective_at"],
                condition=models.Q(settled_at__isnull=True, undone_at__isnull=True),
                name="reviews_to_settle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} of {self.upload_id}"
