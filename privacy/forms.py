"""Forms of the pages under /privacy/: they check what was typed; services act on it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from privacy import periods
from privacy.models import Retention

SITE, KEEP, DAYS = "site", "keep", "days"


class RetentionForm(forms.Form):
    period = forms.ChoiceField(label=gettext_lazy("Keep my images"), widget=forms.RadioSelect)
    days = forms.IntegerField(
        label=gettext_lazy("Number of days"),
        required=False,
        min_value=periods.SHORTEST,
        max_value=periods.LONGEST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, data: QueryDict | None = None, own: Retention | None = None) -> None:
        initial = {"period": SITE if own is None else DAYS if own.days else KEEP, "days": own.days if own else None}
        super().__init__(data, initial=initial)
        period = self.fields["period"]
        assert isinstance(period, forms.ChoiceField)  # noqa: S101 (for the type)
        period.choices = [(SITE, _as_the_site()), (KEEP, _("Until I delete them")), (DAYS, _("For …"))]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("period") == DAYS and not data.get("days") and "days" not in self.errors:
            self.add_error("days", ValidationError(_("Write the number of days.")))
        return data


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=gettext_lazy("Confirms that it is you."),
    )


class AccountForm(PasswordForm):
    sure = forms.BooleanField(
        label=gettext_lazy("Erase my account and all of my images. I know that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this box, or keep your account.")},
    )

    field_order = ("sure", "password")


def _as_the_site() -> str:
    """What holds for those who never chose."""
    days = settings.RETENTION_DAYS
    if not days:
        return _("As this site does: until I delete them")
    sentence = ngettext("As this site does: for %(count)d day", "As this site does: for %(count)d days", days)
    return sentence % {"count": days}
