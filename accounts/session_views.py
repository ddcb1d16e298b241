"""The page of where one is logged in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.requests import actor_of, person_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """List the sessions; a POST ends the one that it names, or all others."""
    person, own = person_of(request), request.session.session_key
    if request.method != "POST":
        return render(request, "accounts/sessions.html", {"sessions": sessions.listed(person, own)})
    ended = sessions.end(actor_of(request), person=person, but=own, chosen=request.POST.get("session"))
    messages.success(request, _ended(ended))
    return redirect("accounts:sessions")


def _ended(count: int) -> str:
    if not count:
        return _("That session had ended already.")
    told = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", count)
    return told % {"count": count}
