"""Filters of the queue, the same for the list, the gallery, the desk and the API; all stand in the address."""

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.roles import moderators
from desk import tags
from desk.models import ItemState, QueueItem, Reason
from desk.queries import QueueQuerySet

AGES = {
    "hour": _("More than an hour"),
    "day": _("More than a day"),
    "week": _("More than a week"),
    "month": _("More than a month"),
}
_AGES = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
_NOBODY = "nobody"


def _assignees(_request: Any = None) -> list[tuple[str, Any]]:
    people: list[tuple[str, Any]] = [(name, name) for name in moderators().values_list("username", flat=True)]
    return [(_NOBODY, _("Nobody")), *people]


class QueueFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.ChoiceFilter(
        choices=ItemState.choices, label=_("State"), method="by_state", empty_label=None
    )
    reason = django_filters.ChoiceFilter(choices=Reason.choices, label=_("Reason"), empty_label=_("Any"))
    age = django_filters.ChoiceFilter(
        choices=list(AGES.items()), label=_("Waiting for"), method="by_age", empty_label=_("Any")
    )
    assignee = django_filters.ChoiceFilter(
        choices=_assignees, label=_("Assigned to"), method="by_assignee", empty_label=_("Anyone")
    )
    tag = django_filters.CharFilter(
        label=_("Tag"), method="by_tag", widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"})
    )

    class Meta:
        model = QueueItem
        fields: list[str] = []

    def filter_queryset(self, queryset: QueueQuerySet) -> QuerySet[Any]:
        """Without a state the list is of what is open: that is what a queue is for."""
        rows = queryset if self.form.cleaned_data.get("state") else queryset.open()
        found: QuerySet[Any] = super().filter_queryset(rows)
        return found

    def by_state(self, rows: QueueQuerySet, name: str, value: str) -> QuerySet[Any]:
        return rows.filter(state=value)

    def by_age(self, rows: QueueQuerySet, name: str, value: str) -> QuerySet[Any]:
        return rows.older_than(_AGES[value])

    def by_assignee(self, rows: QueueQuerySet, name: str, value: str) -> QuerySet[Any]:
        return rows.filter(assigned_to=None) if value == _NOBODY else rows.filter(assigned_to__username=value)

    def by_tag(self, rows: QueueQuerySet, name: str, value: str) -> QuerySet[Any]:
        """Those whose upload somebody gave this tag."""
        return rows.filter(upload__in=tags.given(value).values("upload"))


def chosen(query: QueryDict) -> QueueFilter:
    """The filter of an address, over the whole queue."""
    return QueueFilter(query, QueueItem.objects.all())


def narrowed(query: QueryDict) -> QueueQuerySet:
    """What an address narrows the work to; a value that cannot be meant narrows nothing."""
    rows: QueueQuerySet = chosen(query).qs
    return rows


def kept(query: QueryDict) -> str:
    """The filters of an address, to be carried to the next one: without empty ones and without the page."""
    names = [name for name in QueueFilter.base_filters if query.get(name)]
    carried = QueryDict(mutable=True)
    for name in names:
        carried[name] = str(query[name])
    return carried.urlencode()
