"""Pages of the second factor: the code at log-in, setting it up, new recovery codes, turning it off."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.generic import FormView

from accounts import codes, confirming, lockout, log_in_steps, roles, second_factor, throttle
from accounts.audit import Actor
from accounts.errors import Refused
from accounts.factor_forms import LoginCodeForm, ProvingForm, TurnOnForm
from accounts.models import User
from accounts.requests import actor_of, address_of, person_of, with_headers
from accounts.views import pages
from fakedetect_site.middleware import request_id


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
@method_decorator(throttle.posts("login-code", limit=100, seconds=600), name="dispatch")
class LoginCode(RedirectURLMixin, FormView[LoginCodeForm]):
    """The second page of the log-in, for whoever gave the right password just now."""

    template_name = "accounts/login_code.html"
    form_class = LoginCodeForm
    next_page = settings.LOGIN_REDIRECT_URL
    user: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = log_in_steps.who_owes(request)
        if user is None:
            return redirect("accounts:login")
        self.user = user
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: LoginCodeForm) -> HttpResponse:
        name = self.user.get_username()
        if lockout.is_locked(self.request, name):
            return self.form_invalid(form)
        actor = Actor(self.user, address=address_of(self.request), request_id=request_id.get())
        try:
            recovered = second_factor.prove(actor, user=self.user, code=form.cleaned_data["code"])
        except Refused as error:
            if error.code == "wrong_code":
                lockout.code_failed(self.request, name)
            return self._refused(form, error)
        log_in_steps.enter(self.request, self.user)
        if recovered:
            messages.warning(self.request, _left(self.user))
        return HttpResponseRedirect(self.get_success_url())

    def _refused(self, form: LoginCodeForm, error: Refused) -> HttpResponse:
        form.add_error("code", error.detail)
        page = self.render_to_response(self.get_context_data(form=form), status=_status(error))
        return with_headers(page, error.headers)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": self.get_redirect_url()}


def _page(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Decorate a page on which somebody proves who they are."""
    counted = throttle.posts("second-factor", limit=30, seconds=3600)(view)
    return pages(login_required(never_cache(sensitive_post_parameters()(counted))))


@_page
def set_up(request: HttpRequest) -> HttpResponse:
    """What a person has; who has none is shown a QR code, and turns it on with the first code of their phone."""
    user = person_of(request)
    if user.factor_since:
        left = second_factor.codes_left(user)
        return render(request, "accounts/second_factor.html", {"left": left, "most": codes.RECOVERY_CODES})
    form, refused = TurnOnForm(request.POST or None), None
    if form.is_valid():
        made, refused = _turned_on(request, user, form)
        if made:
            return _shown_once(request, made)
    return render(request, "accounts/second_factor_set_up.html", _offered(request, user, form), status=_status(refused))


@sensitive_variables()
def _offered(request: HttpRequest, user: User, form: TurnOnForm) -> dict[str, Any]:
    """Who mistyped the code keeps the QR code that their phone has scanned."""
    offer = second_factor.offer(request.POST.get("offer", ""))
    address = codes.address_of(offer.secret, user.get_username())
    shown = {"sealed": offer.sealed, "secret": codes.readable(offer.secret), "address": address}
    return shown | {"form": form, "picture": codes.picture_of(address), "needed": roles.lacks_second_factor(user)}


@sensitive_variables()
def _turned_on(request: HttpRequest, user: User, form: TurnOnForm) -> tuple[list[str], Refused | None]:
    request.session.cycle_key()  # the one session that stays is a new one
    key, sealed = request.session.session_key, request.POST.get("offer", "")
    try:
        confirming.confirm(user, form.cleaned_data["password"])
        code = form.cleaned_data["code"]
        made = second_factor.turn_on(actor_of(request), user=user, sealed=sealed, code=code, session=key)
    except Refused as error:
        _say(form, error)
        return [], error
    log_in_steps.mark(request, user)
    return made, None


@_page
def renew(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    if user.factor_since is None:
        return redirect("accounts:second_factor")
    form, refused = ProvingForm(request.POST or None), None
    if form.is_valid() and not (refused := _proved(request, user, form)):
        made = second_factor.renew(actor_of(request), user=user, session=request.session.session_key)
        return _shown_once(request, made)
    return render(request, "accounts/second_factor_renew.html", {"form": form}, status=_status(refused))


@_page
def turn_off(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    if user.factor_since is None:
        return redirect("accounts:second_factor")
    form, refused = ProvingForm(request.POST or None), None
    if form.is_valid() and not (refused := _proved(request, user, form)):
        second_factor.turn_off(actor_of(request), user=user, session=request.session.session_key)
        messages.success(request, _("The second factor is off. Your password alone lets you in again."))
        return redirect("accounts:profile")
    context = {"form": form, "needed": roles.needs_second_factor(user)}
    return render(request, "accounts/second_factor_off.html", context, status=_status(refused))


@sensitive_variables()
def _proved(request: HttpRequest, user: User, form: ProvingForm) -> Refused | None:
    try:
        confirming.confirm(user, form.cleaned_data["password"])
        second_factor.prove(actor_of(request), user=user, code=form.cleaned_data["code"])
    except Refused as error:
        _say(form, error)
        return error
    return None


@sensitive_variables()
def _shown_once(request: HttpRequest, made: list[str]) -> HttpResponse:
    """`never_cache` on the views adds no-store: neither proxies nor the back button keep the codes."""
    return render(request, "accounts/recovery_codes.html", {"codes": made, "text": "\n".join(made)})


def _say(form: TurnOnForm | ProvingForm, error: Refused) -> None:
    form.add_error("password" if error.code in ("wrong_password", "too_many_guesses") else "code", error.detail)


def _status(refused: Refused | None) -> int:
    """A form that is shown again with what is wrong in it is an answer like another, but too often is too often."""
    return 429 if refused and refused.status == 429 else 200


def _left(user: User) -> str:
    left = second_factor.codes_left(user)
    words = ngettext(
        "You used a recovery code; %(left)s is left. Make new ones in your profile.",
        "You used a recovery code; %(left)s are left. Make new ones in your profile.",
        left,
    )
    return words % {"left": left}
