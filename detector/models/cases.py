"""Cases: folders of uploads that several people work on. Membership is a right to see, decided in queries.py."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from detector.case_queries import CaseQuerySet
from detector.models.uploads import Upload


class CaseRole(models.TextChoices):
    OWNER = "owner", pgettext_lazy("of a case", "Owner")
    EDITOR = "editor", _("Editor")
    VIEWER = "viewer", _("Viewer")


class Case(models.Model):
    """A folder of uploads with members, notes, a report and an export of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    description = models.CharField(max_length=2000, blank=True)
    retention_days = models.PositiveIntegerField(null=True, blank=True)  # of its uploads; empty: as their owners chose
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["Case"]] = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="cases_newest_first")]

    def __str__(self) -> str:
        return self.title


class CaseMember(models.Model):
    """What one person may do in a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="case_memberships")
    role = models.CharField(max_length=8, choices=CaseRole, default=CaseRole.VIEWER)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="one_membership_per_case")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class CaseUpload(models.Model):
    """An upload that lies in a case; it may lie in several."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="items")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="case_items")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-added_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["case", "upload"], name="once_in_a_case")]

    def __str__(self) -> str:
        return f"{self.upload_id} in {self.case_id}"


class CaseNote(models.Model):
    """What a member wrote into a case, about all of it or about one upload."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, null=True, blank=True, related_name="case_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.CharField(max_length=4000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["case", "-id"], name="notes_of_a_case")]

    def __str__(self) -> str:
        return self.text[:60]
