"""The admin of people and tokens (admin_history.py: of the history). Every change goes through a service."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as _registers_group  # noqa: F401 (so that it can be undone)
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import RedirectView

from accounts import admin_history as _registers_history  # noqa: F401
from accounts import allowances, people, second_factor, tokens
from accounts.admin_base import AdministratorWrites, ModeratorReads
from accounts.allowances import LIMITS
from accounts.errors import Refused
from accounts.models import ApiToken, User
from accounts.requests import actor_of
from accounts.roles import is_administrator

# One door to the site: the accounts' own pages, which throttle, count failures and write the history.
admin.site.login = login_required(admin.site.login)  # type: ignore[method-assign]
_PASSWORD = RedirectView.as_view(pattern_name="accounts:password_change")
admin.site.password_change = _PASSWORD  # type: ignore[method-assign,assignment]
admin.site.unregister(Group)  # roles decide, not groups


class LimitsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The limits of one person that differ from the site's."""

    class Meta:
        model = User
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LIMITS:
            most = allowances.of_site(name)
            self.fields[name].initial = self.instance.limits.get(name)
            words = {"most": intcomma(most) if most else _("none")}
            self.fields[name].help_text = _("Empty: as the site says (%(most)s). 0: none.") % words

    def limits(self) -> dict[str, int]:
        given = {name: self.cleaned_data.get(name) for name in LIMITS}
        return {name: most for name, most in given.items() if most is not None}


LimitsForm.declared_fields |= {
    one.name: forms.IntegerField(label=one.words, required=False, min_value=0, max_value=allowances.MOST)
    for one in LIMITS.values()
}


class PersonForm(LimitsForm):
    new_password = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "Leave empty to keep the password. A new one ends the person's sessions and API tokens."
        ),
    )

    class Meta:
        model = User
        fields = ("username", "email", "role", "is_active")

    def clean_new_password(self) -> str:
        password = str(self.cleaned_data["new_password"])
        if password:
            validate_password(password, self.instance)
        elif self.instance.pk is None:
            raise ValidationError(_("A new account needs a password."))
        return password


@admin.register(User)
class PersonAdmin(AdministratorWrites, admin.ModelAdmin[User]):
    form = PersonForm
    list_display = ("username", "email", "role", "is_active", "factor_since", "date_joined", "last_login")
    list_filter = ("role", "is_active", "date_joined")
    search_fields = ("username", "email")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined",)
    actions: tuple[str, ...] = ("forget_second_factor",)

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    @admin.action(description=gettext_lazy("Forget the second factor of those chosen"), permissions=["forget"])
    def forget_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """All of them or, where one is refused, none."""
        try:
            with transaction.atomic():
                forgotten = sum([second_factor.forget(actor_of(request), user=user) for user in chosen])
        except Refused as error:
            messages.error(request, error.detail)
        else:
            self.message_user(request, _("%(count)s forgotten.") % {"count": forgotten}, messages.SUCCESS)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        always = ["username", "email", "role", "is_active"]
        secret = ["new_password"] if is_administrator(request.user) else []
        limits = list(LIMITS) if obj and is_administrator(request.user) else []
        return [*always, *secret, *(["factor_since", "date_joined", "last_login"] if obj else []), *limits]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return ["username", "factor_since", "date_joined", "last_login"] if obj else ["is_active"]

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A service that refuses undoes the whole form, and its sentence is shown."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except people.Refused as error:
            messages.error(request, str(error))
            return redirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        wanted = form.cleaned_data
        user = User.objects.get(pk=obj.pk) if change else self._added(request, wanted)
        people.set_role(actor_of(request), user=user, role=wanted["role"])
        if change:
            self._changed(request, user, form)
        obj.pk = user.pk

    def _added(self, request: HttpRequest, wanted: dict[str, Any]) -> User:
        who = {"username": wanted["username"], "email": wanted["email"]}
        return people.sign_up(actor_of(request), **who, password=wanted["new_password"])

    def _changed(self, request: HttpRequest, user: User, form: Any) -> None:
        actor, wanted = actor_of(request), form.cleaned_data
        people.change_profile(actor, user=user, email=wanted["email"])
        allowances.give(actor, person=user, limits=form.limits())
        (people.reactivate if wanted["is_active"] else people.deactivate)(actor, user=user)
        if wanted["new_password"]:
            people.change_password(actor, user=user, password=wanted["new_password"])


@admin.register(ApiToken)
class TokenAdmin(ModeratorReads, admin.ModelAdmin[ApiToken]):
    list_display = ("name", "user", "prefix", "scope", "status", "created_at", "expires_at", "last_used_at")
    list_filter = ("scope", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username", "user__email")
    fields = readonly_fields = (
        "name", "user", "prefix", "scope", "status", "created_at", "expires_at", "last_used_at", "revoked_at",
    )  # fmt: skip
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    @admin.action(description=gettext_lazy("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        live = chosen.filter(revoked_at=None)
        for token in (count := list(live)):
            tokens.revoke(actor_of(request), token=token)
        self.message_user(request, _("%(count)s revoked.") % {"count": len(count)}, messages.SUCCESS)
