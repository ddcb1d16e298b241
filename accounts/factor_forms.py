"""Forms of the second factor."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import secret_field


def _code(help_text: Any = "", **attributes: str) -> forms.CharField:
    """`one-time-code` lets phones and password managers fill it in."""
    attrs = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"} | attributes
    return forms.CharField(label=_("Code"), max_length=64, widget=forms.TextInput(attrs=attrs), help_text=help_text)


class LoginCodeForm(forms.Form):
    code = _code(_("The six digits that the app on your phone shows, or one of your recovery codes."), autofocus="")


class TurnOnForm(forms.Form):
    code = _code(_("The six digits that the app shows now."), inputmode="numeric")
    password = secret_field(_("Your password"), "current-password", _("Confirms that it is you."))


class ProvingForm(forms.Form):
    """Password and code, before something that lessens the protection."""

    password = secret_field(_("Your password"), "current-password")
    code = _code(_("The six digits that the app on your phone shows, or one of your recovery codes."))
