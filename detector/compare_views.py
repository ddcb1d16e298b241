"""The pages of two uploads side by side."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import actor_of
from detector import asked_for, compare, intake, report, responses, similar
from detector.models import Upload


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?a=…&b=…`; `?pick=…&pick=…`, as the history's boxes send it, is led there."""
    if "pick" in request.GET:
        return _picked(request)
    one, other = _both(request)
    for upload in (one, other):
        intake.note_view(actor_of(request), upload=upload)
    laid = compare.overlay(one, other)
    reports = [report.of_upload(upload, reader=request.user) for upload in (one, other)]
    context = {
        "both": reports,
        "one": reports[0],
        "other": reports[1],
        "kinship": compare.kinship(one, other, laid),
        "laid": laid,
        "lines": compare.lines(*reports),
        "parts": {name: similar.address_of(one, other, part=name) for name in compare.PARTS},
        "turned_round": similar.address_of(other, one),
    }
    return render(request, "detector/compare.html", context)


@login_required
@require_safe
def part(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of the pictures that `overlay` drew."""
    if name not in compare.PARTS:
        raise Http404
    laid = compare.overlay(*_both(request))
    return responses.drawn(getattr(laid, name), compare.PARTS[name])


def _picked(request: HttpRequest) -> HttpResponse:
    """Two boxes of the history, and any other number of them."""
    chosen = [_visible(request, value) for value in dict.fromkeys(request.GET.getlist("pick"))]
    if len(chosen) != 2:
        messages.info(request, _("Choose two uploads to compare them."))
        return redirect("detector:history")
    return redirect(similar.address_of(chosen[0], chosen[1]))


def _both(request: HttpRequest) -> tuple[Upload, Upload]:
    return _visible(request, request.GET.get("a", "")), _visible(request, request.GET.get("b", ""))


def _visible(request: HttpRequest, value: str) -> Upload:
    """404 for what is no id either."""
    try:
        return asked_for.upload(request, UUID(value))
    except ValueError:
        raise Http404 from None
