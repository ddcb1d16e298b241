"""How long uploads are kept, which are kept in any case, which are about to go, and erasures under way or done.

    Erasure:  RUNNING ──the last step──▶ DONE

An erasure walks its steps one after the other (erasing.py). Whoever walks holds a lease; a process that dies leaves one
that expires, and the next round goes on at the step that was not ended. Every step may be done twice.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detector.models import Upload


class Retention(models.Model):
    """For how long a person's uploads are kept. Who has no row never chose, and the site's own rule holds."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="retention")
    days = models.PositiveIntegerField(null=True, blank=True)  # None: until they are deleted
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "retention period"

    def __str__(self) -> str:
        return f"user:{self.person_id}: {f'{self.days} days' if self.days else 'until deleted'}"


class Kept(models.Model):
    """“Keep this one”: no retention period deletes this upload while the row stands."""

    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, related_name="kept")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "kept upload"

    def __str__(self) -> str:
        return f"{self.upload_id} is kept"


class Expiry(models.Model):
    """An upload whose owner was told that it will be deleted, and when. The rule is asked once more on that day."""

    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, related_name="expiry")
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name_plural = "expiries"
        indexes = [models.Index(fields=["due_at"], name="expiries_due")]

    def __str__(self) -> str:
        return f"{self.upload_id} goes on {self.due_at:%d %B %Y}"


class Kind(models.TextChoices):
    UPLOAD = "upload", _("One upload")
    ACCOUNT = "account", _("A whole account")


class Progress(models.TextChoices):
    RUNNING = "running", _("Under way")
    DONE = "done", _("Done")


class Erasure(models.Model):
    """One erasure: what, since when, how far, and in the end its certificate. It names nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    subject = models.CharField(max_length=80)  # "user:17" or "upload:…": pseudonyms once it is done
    person = models.BigIntegerField()  # whose data it is, by number: their row goes
    asked_by = models.CharField(max_length=40, blank=True)  # "user:17"; empty: the site itself
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=Progress, default=Progress.RUNNING)
    step = models.PositiveSmallIntegerField(default=0)  # how many are ended
    removed = models.JSONField(default=dict)  # how many rows of each table, how many files
    sealed = models.TextField(blank=True, editable=False)  # what to look for in the end, encrypted; then emptied
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    proven = models.BooleanField(null=True)  # whether the proof found nothing
    finished_at = models.DateTimeField(null=True, blank=True)
    certificate = models.TextField(blank=True, editable=False)  # signed JSON, byte for byte

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(state="running"), name="one_erasure_of_a_subject"
            )
        ]
        indexes = [models.Index(fields=["person", "-asked_at"], name="erasures_of_a_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.asked_at:%d %B %Y}"
