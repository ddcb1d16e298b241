"""Reading the queue: what is open, what one person may take, how long it has waited."""

from datetime import timedelta
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.roles import Someone, is_moderator, moderators


class QueueQuerySet(models.QuerySet[Any]):  # of QueueItem, which is made with it: naming it here would be a circle
    def open(self) -> Self:
        """What waits for somebody's eyes."""
        return self.filter(state="open")

    def unclaimed_by_others(self, user: Someone) -> Self:
        """Nobody else looks at it now. Only columns of the table itself: a claim repeats this in its UPDATE."""
        return self.filter(_unclaimed() | Q(claimed_by_id=user.pk))

    def unclaimed(self) -> Self:
        """Nobody looks at it now, not even in another window or program of one's own."""
        return self.filter(_unclaimed())

    def meant_for(self, user: Someone) -> Self:
        """What this person may review at all: not kept for another, not their own decision, not their own complaint.

        What is kept for somebody who is no moderator any more is anybody's again.
        """
        if not is_moderator(user):
            return self.none()
        kept = Q(assigned_to=None) | Q(assigned_to_id=user.pk) | ~Q(assigned_to__in=moderators())
        own = Q(second_to__reviewer_id=user.pk) | Q(reason="disputed", upload__owner_id=user.pk)
        return self.filter(kept).exclude(own).exclude(Q(reason="disputed"), self._decided_before(user))

    def _decided_before(self, user: Any) -> Q:
        """A complaint about a decision is another person's to judge, where there is one."""
        reviews = apps.get_model("detector", "Review")._default_manager
        earlier = reviews.filter(upload=OuterRef("upload"), reviewer_id=user.pk, undone_at=None)
        others = moderators().exclude(pk=user.pk).order_by()
        return Q(Exists(earlier)) & Q(Exists(others))

    def free_for(self, user: Someone) -> Self:
        """What this person may take now, oldest first."""
        return self.open().meant_for(user).unclaimed_by_others(user).order_by("created_at", "pk")

    def held_by(self, user: Someone) -> Self:
        """What this person looks at now."""
        return self.open().filter(claimed_by_id=user.pk, lease_until__gte=timezone.now())

    def behind(self, item: Any) -> Self:
        """What comes after this one in the order of the queue."""
        later = Q(created_at__gt=item.created_at) | Q(created_at=item.created_at, pk__gt=item.pk)
        return self.filter(later)

    def older_than(self, age: timedelta) -> Self:
        return self.filter(created_at__lt=timezone.now() - age)

    def for_pages(self) -> Self:
        """With all that a list shows, in a handful of queries."""
        people = self.select_related(
            "upload__original", "upload__owner", "assigned_to", "claimed_by", "review__reviewer"
        )
        return people.prefetch_related("upload__analyses__model", "upload__reviews__reviewer")


def _unclaimed() -> Q:
    return Q(claimed_by=None) | Q(lease_until=None) | Q(lease_until__lt=timezone.now())
