"""Reading uploads: who may see which, newest first, each with its latest analysis."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.roles import Someone, is_account, is_moderator


class UploadQuerySet(models.QuerySet[Any]):  # of Upload, which is made with it: naming it here would be a circle
    def visible_to(self, user: Someone) -> Self:
        """What this person may open: everything for moderators, otherwise what is theirs."""
        return self if is_moderator(user) else self.owned_by(user)

    def owned_by(self, user: Someone) -> Self:
        return self.filter(owner_id=user.pk) if is_account(user) else self.none()

    def with_verdicts(self) -> Self:
        """Fetch all that a report needs in three queries, however many uploads."""
        return self.select_related("original", "owner").prefetch_related("analyses__model", "analyses__findings")

    def before(self, created_at: datetime, pk: str) -> Self:
        """What is older than this row, in the order of the list: paging by key stays exact while rows are added."""
        return self.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))

    def after(self, created_at: datetime, pk: str) -> Self:
        """What is newer than this row."""
        return self.filter(Q(created_at__gt=created_at) | Q(created_at=created_at, pk__gt=pk))
