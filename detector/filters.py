"""Filters of the history, the same on the page and in the API."""

from typing import Any

import django_filters
from django import forms
from django.db.models import OuterRef, QuerySet, Subquery

from detector.models import Analysis, Label, State, Upload

_DATE = forms.DateInput(attrs={"type": "date"})


class UploadFilter(django_filters.FilterSet):  # type: ignore[misc]
    verdict = django_filters.ChoiceFilter(
        choices=Label.choices, method="by_latest", field_name="label", label="Verdict", empty_label="Any"
    )
    status = django_filters.ChoiceFilter(
        choices=State.choices, method="by_latest", field_name="state", label="Status", empty_label="Any"
    )
    after = django_filters.DateFilter("created_at", "date__gte", label="From", widget=_DATE)
    before = django_filters.DateFilter("created_at", "date__lte", label="To", widget=_DATE)
    name = django_filters.CharFilter("name", "icontains", label="File name")
    sha256 = django_filters.CharFilter("original__sha256", "istartswith", label="SHA-256")

    class Meta:
        model = Upload
        fields: list[str] = []

    def by_latest(self, rows: QuerySet[Upload], field: str, value: Any) -> QuerySet[Upload]:
        """Compare with the newest analysis, which is the one that is shown."""
        newest = Analysis.objects.filter(upload=OuterRef("pk")).order_by("-pk").values(field)[:1]
        return rows.annotate(**{f"newest_{field}": Subquery(newest)}).filter(**{f"newest_{field}": value})
