"""The form of language and time zone."""

from itertools import groupby

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import preferences
from fakedetect_site import languages

Choice = tuple[str, str] | tuple[str, list[tuple[str, str]]]


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("Of pages and of mails to you."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("In which pages and mails tell times."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["language"].choices = [("", _("As the browser asks")), *languages.names()]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [("", _("As the browser tells")), *_places()]  # type: ignore[attr-defined]


def _places() -> list[Choice]:
    """Time zones by part of the world, each by its place: "Europe" → "Berlin"."""
    named = sorted(name for name in preferences.zones() if name != "UTC")
    parts = groupby(named, key=lambda name: name.partition("/")[0])
    return [("UTC", "UTC"), *((part, [(name, _place(name)) for name in inside]) for part, inside in parts)]


def _place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ")
