"""The search by picture of the history: a picture is sent, the address of what looks like it comes back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import actor_of, person_of
from detector import files, list_state, picture_search
from detector.errors import Refused


@login_required
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Leads to the history with the search in its address and the filters that were there; what is wrong is told."""
    state = list_state.without(request.POST.get("back", ""), "like")
    file: Any = request.FILES.get("image")
    if file is None:
        messages.error(request, _("Choose a picture to search for."))
        return redirect(_history(state))
    try:
        data = files.read(file)
        sought = picture_search.ask(actor_of(request), person=person_of(request), data=data)
    except Refused as error:
        messages.error(request, error.detail)
        return redirect(_history(state))
    if sought.bits is None:
        messages.info(request, _("This picture is too plain to be recognised in a copy: the same file is looked for."))
    return redirect(_history(_with(state, sought.query)))


def _with(state: str, query: str) -> str:
    values = QueryDict(state, mutable=True)
    for name, value in QueryDict(query).items():
        values[name] = str(value)
    return list_state.cleaned(values.urlencode())


def _history(state: str) -> str:
    return reverse("detector:history") + (f"?{state}" if state else "")
