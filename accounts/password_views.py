"""Log-in, password change and password reset: Django's views, with our forms, services and throttle.

The second step of a log-in is in factor_views.py.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as django_views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from accounts import log_in_steps, people, throttle
from accounts.audit import Actor
from accounts.forms import ForgottenForm, LoginForm, NewPasswordForm, ResetPasswordForm
from accounts.models import User
from accounts.requests import actor_of, address_of, person_of
from fakedetect_site.middleware import request_id


@method_decorator(throttle.posts("login", limit=100, seconds=600), name="dispatch")
class Login(django_views.LoginView):
    """Axes counts failures per name and address; the throttle stops one address that tries many names."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Who has a second factor is not logged in by the password: they are led to where the code is asked for."""
        user = form.get_user()
        if not isinstance(user, User) or user.factor_since is None:
            return super().form_valid(form)
        log_in_steps.owe(self.request, user)
        query = urlencode({"next": onwards} if (onwards := self.get_redirect_url()) else {})
        return HttpResponseRedirect(f"{reverse('accounts:login_code')}?{query}".rstrip("?"))


class PasswordChange(django_views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("accounts:password_change_done")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        user, data = person_of(self.request), form.cleaned_data
        people.change_password(
            actor_of(self.request),
            user=user,
            password=data["new_password1"],
            revoke_tokens=data["revoke_tokens"],
        )
        update_session_auth_hash(self.request, user)
        return HttpResponseRedirect(str(self.success_url))


class PasswordChangeDone(django_views.PasswordChangeDoneView):
    template_name = "accounts/password_change_done.html"


@method_decorator(throttle.posts("password-reset", limit=10, seconds=3600), name="dispatch")
class PasswordReset(django_views.PasswordResetView):
    """Says the same whether or not the address has an account."""

    template_name = "accounts/password_reset.html"
    form_class = ForgottenForm
    email_template_name = "accounts/password_reset_email.txt"
    subject_template_name = "accounts/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password_reset_done")
    extra_email_context = {"site_url": settings.SITE_URL, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600}


class PasswordResetDone(django_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class PasswordResetConfirm(django_views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    form_class = ResetPasswordForm
    success_url = reverse_lazy("accounts:password_reset_complete")

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        """The link proved who acts: its bearer reads the mail of this account."""
        actor = _bearer(self.request, form.user)
        people.change_password(actor, user=form.user, password=form.cleaned_data["new_password1"])
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        return HttpResponseRedirect(str(self.success_url))


class PasswordResetComplete(django_views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"


class Logout(django_views.LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        answer = super().post(request, *args, **kwargs)
        messages.info(request, _("You are logged out."))
        return answer


def _bearer(request: HttpRequest, user: User) -> Actor:
    return Actor(user=user, address=address_of(request), request_id=request_id.get())
