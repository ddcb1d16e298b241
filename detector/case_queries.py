"""Reading cases: who may see which, newest first, each with what a list shows of it."""

from typing import Any, Self

from django.apps import apps
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.roles import Someone, is_account, is_moderator
from detector.queries import KeyedQuerySet


class CaseQuerySet(KeyedQuerySet):
    def visible_to(self, user: Someone) -> Self:
        """What this person may open: every case for moderators, otherwise those that they are a member of."""
        return self if is_moderator(user) else self.of(user)

    def of(self, user: Someone) -> Self:
        """Those that this person is a member of."""
        return self.filter(members__user=user.pk) if is_account(user) else self.none()

    def edited_by(self, user: Someone) -> Self:
        """Open ones into which this person may put uploads: the query of roles.can_edit_case."""
        own = Q(members__user=user.pk, members__role__in=("owner", "editor"))  # in one call: of one membership
        return self.filter(own, closed_at=None) if is_account(user) else self.none()

    def with_membership(self, user: Someone) -> Self:
        """`membership` of each: what this person is in it, None for who is no member."""
        own = _members().filter(case=OuterRef("pk"), user=user.pk).values("role")
        return self.annotate(membership=Subquery(own[:1]))

    def with_counts(self) -> Self:
        """`uploads` and `people` of each."""
        return self.annotate(uploads=_counted(_items()), people=_counted(_members()))


def _counted(rows: QuerySet[Any]) -> Coalesce:
    per_case = rows.filter(case=OuterRef("pk")).order_by().values("case").annotate(count=Count("pk"))
    return Coalesce(Subquery(per_case.values("count")), 0)


def _items() -> QuerySet[Any]:
    return apps.get_model("detector", "CaseUpload")._default_manager.all()


def _members() -> QuerySet[Any]:
    return apps.get_model("detector", "CaseMember")._default_manager.all()
