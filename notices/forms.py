"""The forms of the notices' pages: they take what was typed; services judge it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notices import kinds
from notices.endpoints import LONGEST
from notices.models import Mailing


class MailingForm(forms.Form):
    mailing = forms.ChoiceField(label=_("E-mail"), choices=Mailing.choices, widget=forms.RadioSelect)


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        help_text=_("Where FakeDetect shall POST, for example https://newsroom.example/fakedetect."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Tell it when"),
        choices=list(kinds.KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all, those that later versions add included."),
    )

    def values(self) -> dict[str, Any]:
        """As the service wants them."""
        return {"url": self.cleaned_data["url"], "kinds_wanted": self.cleaned_data["kinds"]}


class EndpointChangeForm(EndpointForm):
    active = forms.BooleanField(
        label=_("On"), required=False, help_text=_("While it is off, nothing is put in line for it.")
    )

    def values(self) -> dict[str, Any]:
        return {**super().values(), "active": self.cleaned_data["active"]}
