"""What the desk's pages are sent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import moderators
from desk import tags
from desk.models import QueueItem


class DecisionForm(forms.Form):
    """A decision with its note and tags: suggested ones that were ticked, and others between commas.

    What is allowed the service says, in one place for page and API; here it is only read.
    """

    decision = forms.CharField(required=False)
    note = forms.CharField(required=False, strip=False)
    tags = forms.Field(required=False)
    more_tags = forms.CharField(required=False)

    @property
    def values(self) -> dict[str, Any]:
        """What the service wants."""
        self.is_valid()
        sent = self.data.getlist("tags") if hasattr(self.data, "getlist") else []
        typed = tags.split(str(self.cleaned_data.get("more_tags", "")))
        names = {name: str(self.cleaned_data.get(name, "")) for name in ("decision", "note")}
        return {**names, "note": names["note"].replace("\r\n", "\n"), "tags": [*sent, *typed]}


class AssignForm(forms.Form):
    """To whom; empty for nobody."""

    person = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label=_("Anybody"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].queryset = moderators()  # type: ignore[attr-defined]


class ChosenForm(forms.Form):
    """Which items of the gallery were marked."""

    item = forms.ModelMultipleChoiceField(queryset=QueueItem.objects.none())

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = QueueItem.objects.select_related("upload__owner", "assigned_to", "second_to").order_by("created_at")
        self.fields["item"].queryset = chosen  # type: ignore[attr-defined]


class HabitsForm(forms.Form):
    """How one likes to review."""

    hide_machine = forms.BooleanField(required=False)
    keys = forms.BooleanField(required=False)
