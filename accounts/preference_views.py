"""Language and time zone: chosen in the profile, the language also at the foot of every page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import check_for_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts import preferences, throttle
from accounts.models import User
from accounts.preference_forms import PreferencesForm
from accounts.requests import actor_of, person_of


@require_POST
@login_required
@never_cache
@throttle.posts("preferences", limit=60, seconds=3600)
def save(request: HttpRequest) -> HttpResponse:
    """Keep both, and say so in the language that was chosen."""
    user, form = person_of(request), PreferencesForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such language or time zone."))
        return redirect("accounts:profile")
    preferences.prefer(actor_of(request), user=user, **form.cleaned_data)
    with override(user.language or None):
        messages.success(request, _("Language and time zone were saved."))
    return redirect("accounts:profile")


@require_POST
@never_cache
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Django's own view keeps it in a cookie and leads back; whoever is logged in keeps it in their profile too."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and check_for_language(language):
        preferences.prefer(actor_of(request), user=request.user, language=language)
    return set_language(request)
