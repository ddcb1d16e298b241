"""Filters of the history, the same on the page and in the API."""

import re
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from detector import moments, search_words, similar, tags
from detector.models import Case, Label, ModelVersion, State, Tag, Upload
from detector.paging import Order
from detector.queries import KEYS, TAG_KEYS
from ml.serve import fingerprint

NEWEST, OLDEST = "newest", "oldest"


def _own_cases(request: HttpRequest | None) -> QuerySet[Any]:
    """Those of which the person is a member; a moderator finds all others on the page of cases."""
    return Case.objects.of(request.user) if request else Case.objects.none()


class MomentInput(forms.DateInput):
    """A day is chosen from a calendar; a relative one stays as it was written."""

    input_type = "date"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if moments.is_relative(str(value or "")):
            context["widget"]["type"] = "text"
        return context


class PrintField(forms.CharField):
    """What a picture is recognised by, as the search by picture writes it into the address."""

    widget = forms.HiddenInput

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not re.fullmatch(rf"[0-9a-f]{{{2 * fingerprint.BYTES}}}", value):
            raise ValidationError(_("This is no search by picture. Choose the picture again."), code="invalid")


class MomentField(forms.CharField):
    widget = MomentInput

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            if value:
                moments.start_of(value)
                moments.end_of(value)
        except (ValueError, OverflowError):
            raise ValidationError(moments.WRONG, code="invalid") from None


class PrintFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = PrintField


class MomentFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = MomentField


def errors_of(request: Any, query: str) -> dict[str, Any]:
    """What is wrong with the filters of an address, by name."""
    return dict(UploadFilter(QueryDict(query), Upload.objects.none(), request=request).errors)


class UploadFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(method="by_words", label=_("Search"), max_length=search_words.LONGEST)
    verdict = django_filters.ChoiceFilter(
        "shown_label", choices=Label.choices, label=_("Verdict"), empty_label=_("Any")
    )
    status = django_filters.ChoiceFilter("shown_state", choices=State.choices, label=_("Status"), empty_label=_("Any"))
    after = MomentFilter(method="by_start", label=_("From"))
    before = MomentFilter(method="by_end", label=_("To"))
    name = django_filters.CharFilter(method="by_name", label=_("File name"))
    sha256 = django_filters.CharFilter(method="by_digest", label=_("SHA-256"))
    case = django_filters.ModelChoiceFilter(
        "case_items__case", queryset=_own_cases, label=_("Case"), empty_label=_("Any")
    )
    model = django_filters.ModelChoiceFilter(
        "shown_model",
        queryset=ModelVersion.objects.only("version", "registered_at"),
        to_field_name="version",
        label=_("Model"),
        empty_label=_("Any"),
    )
    external_id = django_filters.CharFilter("external_id", "exact", label=_("External id"))
    tag = django_filters.CharFilter(
        method="by_tag", label=_("Tag"), widget=forms.TextInput(attrs={"list": "own-tags", "autocomplete": "off"})
    )
    sort = django_filters.ChoiceFilter(
        method="as_it_is",
        choices=[(NEWEST, _("Newest first")), (OLDEST, _("Oldest first"))],
        label=_("Order"),
        empty_label=None,
    )

    like = PrintFilter(method="by_picture", label=_("Shows"))  # the last: it is looked for in what the others leave

    class Meta:
        model = Upload
        fields: list[str] = []

    @property
    def order(self) -> Order:
        """How the list goes: by the columns of a tag where one is chosen, whose uploads may all be old."""
        chosen = self.form.cleaned_data if self.form.is_valid() else {}
        return Order(chosen.get("sort") == OLDEST, TAG_KEYS if chosen.get("tag") else KEYS)

    def by_words(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        return search_words.found(rows, value, self.request.user if self.request else None)

    def by_name(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        return rows.filter(search_words.part_of("name", value))

    def by_digest(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        return rows.filter(original__sha256__startswith=value.lower())

    def by_start(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        return rows.filter(created_at__gte=moments.start_of(value))

    def by_end(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        return rows.filter(created_at__lte=moments.end_of(value))

    def by_tag(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        """Of the tags of who asks."""
        own = Tag.objects.filter(owner=self.request.user.pk) if self.request else Tag.objects.none()
        tag = own.filter(key=tags.key_of(value)).values_list("pk", flat=True).first()
        found: QuerySet[Upload] = rows.tagged(tag or 0)  # type: ignore[attr-defined]  # 0: no row has this one
        return found

    def by_picture(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        return rows.filter(pk__in=similar.like(bytes.fromhex(value), rows))  # type: ignore[arg-type]

    def as_it_is(self, rows: QuerySet[Upload], field: str, value: str) -> QuerySet[Upload]:
        return rows
