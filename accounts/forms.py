"""The forms of the accounts' pages: they check what was typed; services act on it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
    UsernameField,
)
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import allowances, preferences
from accounts.models import ApiToken, Scope, User

Words = Any  # a text, or one that is translated when it is shown

_NAME_TAKEN = _("This username is taken.")
_EMAIL_TAKEN = _("An account with this e-mail address exists. Log in, or reset its password.")
_RULES = _("At least 10 characters, not all of them digits, and no common password.")
_MISMATCH = _("Username and password do not match. Passwords are case-sensitive.")
_EXPIRIES = [("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year")), ("", _("Never"))]


def secret_field(label: Words, autocomplete: str, help_text: Words = "") -> forms.CharField:
    """A password as it was typed: spaces at its ends belong to it."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=4096, widget=widget, help_text=help_text)


class LoginForm(AuthenticationForm):
    """By username alone: one name, one account, one count of failures."""

    error_messages = {
        "invalid_login": _MISMATCH,
        "inactive": _MISMATCH,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Username")
        self.fields["username"].help_text = _("Your username, not your e-mail address.")


class SignUpForm(forms.Form):
    username = UsernameField(
        label=_("Username"),
        max_length=150,
        validators=[User.username_validator],
        help_text=_("Letters, digits and @ . + - _"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Used to reset your password, and for notices once you turn them on."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = secret_field(_("Password"), "new-password", _RULES)
    repeated = secret_field(_("Password again"), "new-password")

    def clean_username(self) -> str:
        return _free("username", self.cleaned_data["username"], _NAME_TAKEN)

    def clean_email(self) -> str:
        return _free("email", self.cleaned_data["email"], _EMAIL_TAKEN)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "password" in data:
            self._check_password(data)
        return data

    def _check_password(self, data: dict[str, Any]) -> None:
        if data["password"] != data.get("repeated"):
            self.add_error("repeated", gettext("The two passwords differ."))
        try:
            validate_password(data["password"], User(username=data.get("username", ""), email=data.get("email", "")))
        except ValidationError as error:
            self.add_error("password", error)


class ProfileForm(forms.Form):
    """Whoever holds the e-mail address can reset the password, hence the password to change it."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = secret_field(_("Current password"), "current-password", _("Confirms that it is you."))

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        self.user = user
        super().__init__(data, initial={"email": user.email})

    def clean_email(self) -> str:
        return _free("email", self.cleaned_data["email"], _EMAIL_TAKEN, but=self.user)

    def clean_password(self) -> None:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(gettext("This is not your password."))


class _ShortRules:
    """The rules of a new password in one sentence."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = _RULES
        self.fields["new_password2"].label, self.fields["new_password2"].help_text = _("New password again"), ""


class ForgottenForm(PasswordResetForm):
    """Whoever asks for the mail may be anybody; it is written to whom it goes."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        _subject, _text, context, *_rest = args
        with preferences.speaking_to(context["user"]):
            super().send_mail(*args, **kwargs)


class ResetPasswordForm(_ShortRules, SetPasswordForm):  # type: ignore[type-arg]
    """For whoever came by the link of a mail."""


class NewPasswordForm(_ShortRules, PasswordChangeForm):
    """Django's, with a choice."""

    revoke_tokens = forms.BooleanField(
        label=_("Revoke my API tokens too"),
        required=False,
        help_text=_("Choose this if somebody else may know your password."),
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=ApiToken._meta.get_field("name").max_length,
        help_text=_("What will use it, for example “newsroom script”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=_("May"), choices=Scope.choices, initial=Scope.READ)
    expires = forms.ChoiceField(label=_("Expires after"), choices=_EXPIRIES, initial="90", required=False)
    uploads_per_day = forms.IntegerField(
        label=_("Uploads a day at most"),
        required=False,
        min_value=1,
        max_value=allowances.MOST,
        help_text=_("Leave empty for as many as you may hand in yourself. What it does counts for you too."),
    )

    def expires_in(self) -> timedelta | None:
        days = self.cleaned_data["expires"]
        return timedelta(days=int(days)) if days else None

    def limits(self) -> dict[str, int]:
        most = self.cleaned_data["uploads_per_day"]
        return {"uploads_per_day": most} if most else {}


def _free(field: str, value: str, otherwise: Words, but: User | None = None) -> str:
    """Return the value if no other account has it, in any case."""
    holder = User.objects.filter(**{f"{field}__iexact": value}).first()
    if holder and holder != but:
        raise ValidationError(otherwise)
    return value
