"""The form of what an owner writes on an upload."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from detector import upload_notes


def split(text: str) -> list[str]:
    """What a person typed into one field, between commas."""
    return [part for part in text.split(",") if part.strip()]


def _tag_input() -> forms.TextInput:
    return forms.TextInput(attrs={"list": "own-tags", "autocomplete": "off"})


class LabelsForm(forms.Form):
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=1_000,
        widget=_tag_input(),
        help_text=_("Between commas."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=upload_notes.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_tags(self) -> list[str]:
        return split(self.cleaned_data["tags"])

    @classmethod
    def of(cls, report: dict[str, Any]) -> "LabelsForm":
        """Filled in with what is there."""
        return cls(initial={"tags": ", ".join(report["tags"]), "note": report["note"] or ""})


class TagManyForm(forms.Form):
    """Tags for many uploads, and tags that they shall lose."""

    add = forms.CharField(
        label=_("Add tags"), required=False, max_length=1_000, widget=_tag_input(), help_text=_("Between commas.")
    )
    remove = forms.CharField(label=_("Take tags away"), required=False, max_length=1_000, widget=_tag_input())

    def clean_add(self) -> list[str]:
        return split(self.cleaned_data["add"])

    def clean_remove(self) -> list[str]:
        return split(self.cleaned_data["remove"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Write at least one tag."))
        return cleaned
