"""What the pages of learning are sent. What is allowed the services say; here it is read."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from detector.models import Label, ModelVersion
from learning import rescoring, shadow

_ANY = ("", gettext_lazy("Any"))
_DAY = {"type": "date"}


class RescoringForm(forms.Form):
    """A run through history: which uploads, and how fast."""

    since = forms.DateField(required=False, label=gettext_lazy("Handed in from"), widget=forms.DateInput(attrs=_DAY))
    until = forms.DateField(required=False, label=gettext_lazy("To"), widget=forms.DateInput(attrs=_DAY))
    owner = forms.CharField(
        required=False,
        label=gettext_lazy("Owner"),
        max_length=150,
        help_text=gettext_lazy("A user name; empty: everybody."),
    )
    label = forms.ChoiceField(required=False, label=gettext_lazy("Verdict now"), choices=[_ANY, *Label.choices])
    per_minute = forms.IntegerField(
        label=gettext_lazy("Images a minute, at most"),
        initial=rescoring.PER_MINUTE,
        min_value=1,
        max_value=rescoring.MOST_PER_MINUTE,
        help_text=gettext_lazy("People’s uploads go first, whatever you choose."),
    )

    def clean_owner(self) -> User | None:
        """The account of this name."""
        name = self.cleaned_data["owner"]
        found = User.objects.filter(username__iexact=name).first() if name else None
        if name and found is None:
            raise ValidationError(_("Nobody has this user name. Check how it is written."))
        return found


class ChangesForm(forms.Form):
    """Which changed verdicts are listed."""

    before = forms.ChoiceField(required=False, label=gettext_lazy("It was"), choices=[_ANY, *Label.choices])
    after = forms.ChoiceField(required=False, label=gettext_lazy("It is now"), choices=[_ANY, *Label.choices])
    decided = forms.ChoiceField(
        required=False,
        label=gettext_lazy("A person’s decision"),
        choices=[_ANY, ("yes", gettext_lazy("stands above it")), ("no", gettext_lazy("there is none"))],
    )

    @property
    def asked(self) -> dict[str, Any]:
        """The filters that were chosen; what cannot be meant filters nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ShadowForm(forms.Form):
    """A trial of a candidate."""

    version = forms.ChoiceField(label=gettext_lazy("Candidate"))
    share = forms.FloatField(
        label=gettext_lazy("Share of the uploads, in %"),
        initial=round(100 * shadow.SHARE),
        min_value=0.01,
        max_value=100,
        help_text=gettext_lazy("It costs about as much again as the live verdict of each of these."),
    )
    at_most = forms.IntegerField(
        label=gettext_lazy("End after so many uploads"), initial=shadow.AT_MOST, min_value=1, max_value=shadow.MOST
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        versions = ModelVersion.objects.filter(is_current=False).values_list("version", flat=True)
        self.fields["version"].choices = [(version, version) for version in versions]  # type: ignore[attr-defined]
