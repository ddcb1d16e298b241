"""Pages of the candidate in the shadow: the trial under way, earlier ones, start and stop."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import actor_of
from accounts.roles import is_administrator
from detector.errors import Refused
from learning import comparison, shadow
from learning.access import for_administrators, for_moderators
from learning.forms import ShadowForm
from learning.models import Shadow

_TRIALS = 50


@for_moderators
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    """The trial under way, or the form that starts one; and the earlier ones."""
    form = ShadowForm(request.POST or None)
    if request.method == "POST":
        if not is_administrator(request.user):
            raise PermissionDenied
        if form.is_valid() and _start(request, form):
            return redirect("learning:shadow")
    trials = list(Shadow.objects.select_related("model")[:_TRIALS])
    under_way = next((trial for trial in trials if trial.ended_at is None), None)
    context = _of(request, under_way) if under_way else {}
    context |= {"form": form, "trial": under_way, "past": [trial for trial in trials if trial != under_way]}
    context |= {"may_act": is_administrator(request.user)}
    return render(request, "learning/shadow.html", context, status=400 if form.errors else 200)


def _start(request: HttpRequest, form: ShadowForm) -> Shadow | None:
    asked = form.cleaned_data
    try:
        return shadow.start(
            actor_of(request), version=asked["version"], share=asked["share"] / 100, at_most=asked["at_most"]
        )
    except Refused as error:
        form.add_error(None, error.detail)
        return None


@for_moderators
@require_safe
def trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One trial, under way or over."""
    found = _trial(pk)
    context = _of(request, found) | {"trial": found, "may_act": is_administrator(request.user)}
    return render(request, "learning/shadow_trial.html", context)


@for_administrators
@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    if shadow.stop(actor_of(request), shadow=_trial(pk)):
        messages.success(request, _("The trial is over. What was scored stays."))
    else:
        messages.info(request, _("The trial had ended before."))
    return redirect("learning:shadow_trial", pk)


def _of(request: HttpRequest, found: Shadow) -> dict[str, Any]:
    shown, label = request.GET.get("shown", ""), request.GET.get("label", "")
    rows = comparison.changed(found, shown, label)[: comparison.MOST_ROWS]
    compared = comparison.of(found)
    general = [compared.called_fake, compared.inconclusive]
    return {"compared": compared, "general": general, "rows": rows, "shown": shown, "label": label}


def _trial(pk: UUID) -> Shadow:
    return get_object_or_404(Shadow.objects.select_related("model"), pk=pk)
