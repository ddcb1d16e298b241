"""The regression set: pictures of which the machine was sure, and wrong, as a person has confirmed."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detector.models import Decision, Label, Review, Upload


def new_key() -> str:
    """A number that says nothing of the picture: model cards name mistakes by it, and cards outlive pictures."""
    return secrets.token_hex(8)


class Departure(models.TextChoices):
    """Why a mistake is no longer part of the set. One whose upload was erased has no row left."""

    CONSENT = "consent", _("Consent to training was withdrawn")
    REVISED = "revised", _("A later review agrees with the machine, or is unsure")


class Mistake(models.Model):
    """One upload with the label that is right and what the machine had said.

    The bytes are those of the upload's original: nothing is copied, so nothing outlives its erasure.
    """

    key = models.CharField(max_length=16, default=new_key, editable=False)  # uploads of one file share it
    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, related_name="mistake")
    sha256 = models.CharField(max_length=64)
    label = models.CharField(max_length=16, choices=Decision)
    review = models.ForeignKey(Review, on_delete=models.SET_NULL, null=True, related_name="mistakes")
    machine_label = models.CharField(max_length=16, choices=Label)
    machine_probability = models.FloatField(null=True, blank=True)
    machine_version = models.CharField(max_length=40, blank=True)  # the model that erred
    entered_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    left_because = models.CharField(max_length=8, choices=Departure, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["left_at", "id"], name="mistakes_standing"),
            models.Index(fields=["sha256"], name="mistakes_by_content"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.label}, not {self.machine_label}"
