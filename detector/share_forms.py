"""The form that makes a share link."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ShareForm(forms.Form):
    days = forms.IntegerField(label=_("Ends after so many days"), min_value=1, initial=7)
    shows_image = forms.BooleanField(
        label=_("Show the image"),
        required=False,
        help_text=_(
            "As a copy drawn anew from its pixels, without metadata. Otherwise the page shows the verdict alone."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = settings.SHARE_DAYS
        days = self.fields["days"]
        days.widget.attrs["max"] = longest
        days.initial = min(7, longest)
        days.help_text = _("At most %(longest)d. You can end it at any time.") % {"longest": longest}
