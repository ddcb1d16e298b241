"""Reading uploads: who may see which, newest first, each with its latest analysis."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, FilteredRelation, OuterRef, Prefetch, Q, Value, When

from accounts.roles import Someone, is_account, is_moderator

KEYS = ("created_at", "pk")
TAG_KEYS = ("tagging__created_at", "tagging__upload")


class KeyedQuerySet(models.QuerySet[Any]):  # naming the model of a query set in its own module would be a circle
    """Rows with `created_at` and a key, newest first: what paging.py cuts pages out of."""

    def before(self, created_at: datetime, pk: str, keys: tuple[str, str] = KEYS) -> Self:
        """What is older than this row, in the order of the list: paging by key stays exact while rows are added."""
        return self._beyond("lt", created_at, pk, keys)

    def after(self, created_at: datetime, pk: str, keys: tuple[str, str] = KEYS) -> Self:
        """What is newer than this row."""
        return self._beyond("gt", created_at, pk, keys)

    def _beyond(self, side: str, created_at: datetime, pk: str, keys: tuple[str, str]) -> Self:
        """The first condition says nothing new, but lets the data base begin within its index: of OR it makes none."""
        time, key = keys
        beyond = Q(**{f"{time}__{side}": created_at}) | Q(**{time: created_at, f"{key}__{side}": pk})
        return self.filter(Q(**{f"{time}__{side}e": created_at}) & beyond)


class UploadQuerySet(KeyedQuerySet):
    def visible_to(self, user: Someone) -> Self:
        """What this person may open: everything for moderators, otherwise what is theirs or lies in a case of theirs.

        The cases are asked row by row (EXISTS): for the few rows of a page that is one look into an index each.
        """
        if is_moderator(user):
            return self
        if not is_account(user):
            return self.none()
        items, members = (apps.get_model("detector", name)._default_manager for name in ("CaseUpload", "CaseMember"))
        cases = members.filter(user=user.pk).values("case")
        shared = items.filter(upload=OuterRef("pk"), case__in=cases)
        return self.filter(Q(owner_id=user.pk) | Exists(shared))

    def owned_by(self, user: Someone) -> Self:
        return self.filter(owner_id=user.pk) if is_account(user) else self.none()

    def listed_for(self, user: Someone, *, everyone: bool = False, shared: bool = False) -> Self:
        """What a history lists: one's own; everybody's where a moderator asks; or all that one may open."""
        if everyone and is_moderator(user):
            return self
        return self.visible_to(user) if shared else self.owned_by(user)

    def with_verdicts(self) -> Self:
        """Fetch all that a report needs in a handful of queries, however many uploads."""
        rows = self.select_related("original", "owner")
        models = apps.get_model("detector", "ModelVersion")._default_manager.defer("card")  # a hundred kilobytes
        return rows.prefetch_related(
            "analyses", Prefetch("analyses__model", models), "analyses__findings", "reviews__reviewer", "tags"
        )

    def tagged(self, tag: int) -> Self:
        """What has this tag. TAG_KEYS are its columns that a list may go by, which stand in one index."""
        relation = FilteredRelation("taggings", condition=Q(taggings__tag=tag))
        return self.annotate(tagging=relation).filter(tagging__tag=tag)

    def with_outcomes(self) -> Self:
        """With owner and what is shown of each, without all that a list does not show."""
        analyses = apps.get_model("detector", "Analysis")._default_manager
        short = analyses.only("upload_id", "state", "shown_since", "label", "error_detail")
        return self.select_related("owner").prefetch_related(Prefetch("analyses", short), "reviews")

    def in_case(self, case_id: Any) -> Self:
        return self.filter(case_items__case=case_id)  # once in a case, so no row comes twice


class BatchQuerySet(KeyedQuerySet):
    def of(self, user: Someone) -> Self:
        """This person's, as soon as all their files have arrived."""
        return self.filter(owner_id=user.pk).exclude(state="arriving") if is_account(user) else self.none()


class AnalysisQuerySet(models.QuerySet[Any]):  # of Analysis
    def shown_first(self) -> Self:
        """Those of one upload in the order in which they are shown: what `Upload.latest` chooses is the first."""
        verdict_first = Case(When(state="done", then=Value(0)), default=Value(1))
        return self.order_by(verdict_first, "-shown_since", "-pk")
