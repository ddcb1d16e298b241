"""The queue of the review desk, and appeals.

    OPEN ──decide──▶ DONE
      │
      └──withdraw (the upload or the appeal is gone, or nobody need look any more)──▶ WITHDRAWN

An open item is claimed with a lease: one conditional update sets `claimed_by` and `lease_until`, so that two people
never review the same picture; an expired lease makes it free again. An upload has at most one open item.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from desk.queries import QueueQuerySet
from detector.models import Label, Review, Upload


class Reason(models.TextChoices):
    """Why somebody should look."""

    INCONCLUSIVE = "inconclusive", _("Inconclusive")
    LOW_MARGIN = "low_margin", _("Near the threshold")
    DISPUTED = "disputed", _("Disputed by its owner")
    SAMPLED = "sampled", _("Drawn at random")
    SECOND = "second", _("Second opinion")
    ASSIGNED = "assigned", _("Put here by a moderator")


class ItemState(models.TextChoices):
    OPEN = "open", pgettext_lazy("of an image in the queue", "Open")
    DONE = "done", _("Reviewed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class QueueItem(models.Model):
    """One upload that waits for one person's eyes."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="queue_items")
    reason = models.CharField(max_length=16, choices=Reason)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="assigned_items"
    )
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="claimed_items"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    second_to = models.ForeignKey(  # a second opinion on this review: its reviewer cannot give it
        Review, on_delete=models.CASCADE, null=True, blank=True, related_name="second_opinions"
    )
    review = models.OneToOneField(Review, on_delete=models.SET_NULL, null=True, blank=True, related_name="item")
    closed_at = models.DateTimeField(null=True, blank=True)
    sampled = models.BooleanField(default=False)  # drawn at random, whatever else brought it here (sampling.py)
    blind = models.BooleanField(default=False)  # its reviewer decided without seeing the machine's verdict

    objects: ClassVar[models.Manager["QueueItem"]] = QueueQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["upload"], condition=Q(state="open"), name="one_open_item_per_upload")
        ]
        indexes = [
            models.Index(fields=["state", "created_at", "id"], name="queue_oldest_first"),
            models.Index(fields=["state", "reason", "created_at"], name="queue_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.upload_id}"


class Habits(models.Model):
    """How one person likes to review; without a row, as the defaults say."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_habits")
    hide_machine = models.BooleanField(default=False)  # until they have decided: what one reads first, one believes
    keys = models.BooleanField(default=True)  # one key a decision; off for whoever speaks or types into the page

    class Meta:
        verbose_name_plural = "habits"

    def __str__(self) -> str:
        return f"habits of {self.person_id}"


class Outcome(models.TextChoices):
    """How an appeal ended."""

    PENDING = "pending", _("Waiting for a moderator")
    UPHELD = "upheld", _("The verdict stands")
    OVERTURNED = "overturned", _("The verdict was changed")
    WITHDRAWN = "withdrawn", _("Taken back")


class Appeal(models.Model):
    """An owner's objection to a verdict, with a note and, if they like, the original or RAW file as a proof."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="appeals")
    item = models.ForeignKey(QueueItem, on_delete=models.SET_NULL, null=True, related_name="appeals")
    note = models.CharField(max_length=2000)
    shown = models.CharField(max_length=16, choices=Label, default=Label.INCONCLUSIVE)  # what is disputed
    attachment = models.CharField(max_length=200, blank=True)  # its path in the storage
    attachment_name = models.CharField(max_length=255, blank=True)
    attachment_sha256 = models.CharField(max_length=64, blank=True)
    attachment_bytes = models.PositiveBigIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING)
    review = models.ForeignKey(Review, on_delete=models.SET_NULL, null=True, blank=True, related_name="appeals")
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["upload"], condition=Q(outcome="pending"), name="one_pending_appeal_per_upload"
            )
        ]

    def __str__(self) -> str:
        return f"appeal against {self.upload_id}"
