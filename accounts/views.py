"""Pages of the accounts: sign up, profile, API tokens. Log-in and passwords are in password_views.py."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts import consent, log_in_steps, people, preferences, throttle, tokens
from accounts.forms import ProfileForm, SignUpForm, TokenForm
from accounts.models import ApiToken, Purpose, User
from accounts.preference_forms import PreferencesForm
from accounts.requests import actor_of, person_of

pages = require_http_methods(["GET", "HEAD", "POST"])


@pages
@never_cache
@sensitive_post_parameters()
@throttle.posts("sign-up", limit=30, seconds=3600)
def sign_up(request: HttpRequest) -> HttpResponse:
    if not settings.SIGN_UP_OPEN:
        raise Http404
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SignUpForm(request.POST or None)
    if form.is_valid() and (user := _signed_up(request, form)):
        login(request, user, log_in_steps.BACKEND)
        messages.success(request, _("Welcome, %(user)s. Your account is ready.") % {"user": user})
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "accounts/signup.html", {"form": form})


@sensitive_variables()
def _signed_up(request: HttpRequest, form: SignUpForm) -> User | None:
    values = {name: form.cleaned_data[name] for name in ("username", "email", "password")}
    values |= {"language": get_language() or "", "time_zone": preferences.zone_of(request)}
    try:
        return people.sign_up(actor_of(request, name=values["username"]), **values)
    except people.Refused as error:  # somebody was faster
        form.add_error(None, str(error))
        return None


@pages
@login_required
@never_cache
@sensitive_post_parameters()
@throttle.posts("profile", limit=30, seconds=3600)
def profile(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    form = ProfileForm(user, request.POST or None)
    if form.is_valid() and _changed(request, user, form):
        messages.success(request, _("Your profile was saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", _profile(request, user, form))


def _profile(request: HttpRequest, user: User, form: ProfileForm) -> dict[str, Any]:
    return {
        "form": form,
        "preferences": PreferencesForm(initial={"language": user.language, "time_zone": user.time_zone}),
        "active_tokens": _active_tokens(user),
        "trains": consent.given(user, Purpose.TRAINING),
    }


def _changed(request: HttpRequest, user: User, form: ProfileForm) -> bool:
    try:
        people.change_profile(actor_of(request), user=user, email=form.cleaned_data["email"])
    except people.Refused as error:
        form.add_error("email", str(error))
        return False
    return True


@require_POST
@login_required
def close_guide(request: HttpRequest) -> HttpResponse:
    people.close_guide(actor_of(request), user=person_of(request))
    messages.success(request, _("The first steps are put away. The help keeps them."))
    return redirect(settings.LOGIN_REDIRECT_URL)


def _active_tokens(user: User) -> int:
    return sum(token.status == "active" for token in user.api_tokens.filter(revoked_at=None))


@pages
@login_required
@never_cache
def token_list(request: HttpRequest) -> HttpResponse:
    """List the tokens; a POST makes one and shows its key in the answer, the only place it ever is."""
    user = person_of(request)
    form = TokenForm(request.POST or None)
    if form.is_valid():
        wanted = {"name": form.cleaned_data["name"], "scope": form.cleaned_data["scope"], "limits": form.limits()}
        token, key = tokens.issue(actor_of(request), user=user, expires_in=form.expires_in(), **wanted)
        return _shown_once(request, token, key)
    return render(request, "accounts/tokens.html", {"form": form, "tokens": user.api_tokens.all()})


@sensitive_variables()
def _shown_once(request: HttpRequest, token: ApiToken, key: str) -> HttpResponse:
    """`never_cache` on the view adds no-store, so that neither proxies nor the back button keep the key."""
    return render(request, "accounts/token_made.html", {"token": token, "key": key})


@pages
@login_required
@never_cache
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(person_of(request).api_tokens, pk=pk)
    if request.method != "POST":
        return render(request, "accounts/token_revoke.html", {"token": token})
    tokens.revoke(actor_of(request), token=token)
    messages.success(
        request, _("“%(name)s” was revoked: whatever uses it is refused from now on.") % {"name": token.name}
    )
    return redirect("accounts:tokens")
