"""Filters of the history, the same in the admin and in the shell."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audit import references_of
from accounts.models import AuditEvent, User

_ACTION = forms.TextInput(attrs={"list": "actions-known"})  # a <datalist> of the page
_DATE = forms.DateInput(attrs={"type": "date"})


class EventFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Which events are shown, and which an export holds."""

    action = django_filters.CharFilter(
        method="by_start",
        label=_("Action"),
        help_text=_("such as verdict; “login.” finds all that begin so"),
        widget=_ACTION,
    )
    actor = django_filters.CharFilter(method="by_actor", label=_("Who"), help_text=_("a name, user:17 or token:5"))
    target = django_filters.CharFilter(
        method="by_start", label=_("What"), help_text=_("such as user:17; “case:” finds all cases")
    )
    after = django_filters.DateFilter(method="from_day", label=_("From"), widget=_DATE)
    before = django_filters.DateFilter(method="to_day", label=_("To"), widget=_DATE)
    request_id = django_filters.CharFilter("request_id", label=_("Request"))
    model = django_filters.CharFilter(method="by_model", label=_("Model version"))
    address = django_filters.CharFilter("personal__address", label=_("Address"))

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def by_start(self, rows: QuerySet[AuditEvent], field: str, value: str) -> QuerySet[AuditEvent]:
        """What ends like the first part of a name stands for all that begin so."""
        lookup = "startswith" if value.endswith((".", ":")) else "exact"
        return rows.filter(**{f"{field}__{lookup}": value})

    def by_actor(self, rows: QuerySet[AuditEvent], field: str, value: str) -> QuerySet[AuditEvent]:
        """By reference; a name finds the account and its tokens, and what was tried under the name."""
        if ":" in value:
            return rows.filter(actor=value)
        return rows.filter(Q(actor__in=_references(value)) | Q(actor="", personal__name__iexact=value))

    def by_model(self, rows: QuerySet[AuditEvent], field: str, value: str) -> QuerySet[AuditEvent]:
        return rows.filter(model=value).exclude(model="")  # which SQLite wants to hear, or it does not take the index

    def from_day(self, rows: QuerySet[AuditEvent], field: str, value: date) -> QuerySet[AuditEvent]:
        return rows.filter(at__gte=_midnight(value))

    def to_day(self, rows: QuerySet[AuditEvent], field: str, value: date) -> QuerySet[AuditEvent]:
        return rows.filter(at__lt=_midnight(value + timedelta(days=1)))

    def chosen(self) -> dict[str, str]:
        """The filters that are set, by their names."""
        return {name: str(self.data[name]).strip() for name in self.filters if _set(self.data, name)}


def _set(data: Any, name: str) -> bool:
    return bool(str(data.get(name) or "").strip())


def _references(name: str) -> list[str]:
    user = User.objects.filter(username__iexact=name).first()
    return references_of(user) if user else []


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
