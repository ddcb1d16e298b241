"""Forms of the pages of cases. What they refuse the services refuse too; here it is said beside its field."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from detector import cases
from detector.models import Case, CaseMember, CaseNote, CaseRole

NEW = "new"
_TITLE = Case._meta.get_field("title").max_length
_WIDE = {"autocomplete": "off"}


class CaseForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=_TITLE,
        error_messages={"required": gettext_lazy("Give the case a title.")},
        widget=forms.TextInput(attrs=_WIDE),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=Case._meta.get_field("description").max_length,
        required=False,
        help_text=gettext_lazy("What it is about. Members see it, and the report begins with it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    retention_days = forms.IntegerField(
        label=gettext_lazy("Keep its uploads for so many days"),
        min_value=1,
        max_value=cases.LONGEST_PERIOD,
        required=False,
        help_text=gettext_lazy(
            "From the day on which each is put in. Of this and what owners chose for themselves the longest "
            "holds, and they are told before anything is deleted. Empty: as the owners chose."
        ),
    )


class MemberForm(forms.Form):
    username = forms.CharField(
        max_length=150,
        error_messages={"required": gettext_lazy("Type the username of the person.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(choices=CaseRole.choices, initial=CaseRole.VIEWER)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=CaseRole.choices)

    @classmethod
    def of(cls, member: CaseMember) -> "RoleForm":
        return cls(initial={"role": member.role}, auto_id=f"role-{member.user_id}")


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=CaseNote._meta.get_field("text").max_length,
        error_messages={"required": gettext_lazy("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    about = forms.ChoiceField(required=False)

    def __init__(self, uploads: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["about"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above)
        field.choices = [("", _("The whole case")), *uploads]


class GatherForm(forms.Form):
    """Into which case: one of those that are there, or a new one with this title."""

    case = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": gettext_lazy("Choose a case.")})
    title = forms.CharField(
        label=gettext_lazy("Title of the new case"),
        max_length=_TITLE,
        required=False,
        widget=forms.TextInput(attrs=_WIDE),
    )

    def __init__(self, offered: Iterable[Case], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["case"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above)
        field.choices = [*((str(case.pk), case.title) for case in offered), (NEW, _("A new case"))]
        field.initial = field.choices[0][0]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("case") == NEW and not values.get("title"):
            self.add_error("title", _("Give the new case a title."))
        return values
