"""Pages of history scored again: the runs, one run with what it changed, start and cancel."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import actor_of, is_part
from accounts.roles import is_administrator, is_moderator
from detector.errors import Refused
from detector.models import ModelVersion
from fakedetect_site import spreadsheets
from learning import changed_verdicts, rescoring
from learning.access import for_administrators, for_moderators
from learning.forms import ChangesForm, RescoringForm
from learning.models import Rescoring

_RUNS, _PAGE = 50, 50


@for_moderators
@require_http_methods(["GET", "HEAD", "POST"])
def rescorings(request: HttpRequest) -> HttpResponseBase:
    """The runs, and the form that starts one."""
    form = RescoringForm(request.POST or None)
    if request.method == "POST":
        if not is_administrator(request.user):
            raise PermissionDenied
        if form.is_valid() and (started := _start(request, form)):
            return redirect("learning:rescoring", started.pk)
    runs = list(Rescoring.objects.select_related("model", "owner", "started_by")[:_RUNS])
    context = {
        "runs": runs,
        "form": form,
        "served": ModelVersion.objects.filter(is_current=True).first(),
        "open": next((run for run in runs if run.is_open), None),
        "may_start": is_administrator(request.user),
    }
    return render(request, "learning/rescorings.html", context, status=400 if form.errors else 200)


def _start(request: HttpRequest, form: RescoringForm) -> Rescoring | None:
    served = ModelVersion.objects.filter(is_current=True).first()
    asked = {name: value for name, value in form.cleaned_data.items() if value not in ("", None)}
    try:
        return rescoring.start(actor_of(request), version=served.version if served else "", **asked)
    except Refused as error:
        form.add_error(None, error.detail)
        return None


@login_required
@require_safe
@vary_on_headers("HX-Request")
def run(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One run and the verdicts that it changed: all for moderators, for owners what is theirs."""
    found = _run(pk)
    form = ChangesForm(request.GET)
    rows = changed_verdicts.visible_to(request.user, found)
    if not is_moderator(request.user) and not rows.exists():
        raise Http404("There is nothing of yours in this run.")
    chosen = changed_verdicts.chosen(rows, **form.asked)
    if request.GET.get("format") == "csv":
        return _csv(found, chosen)
    progress = {
        "run": found,
        "may_cancel": is_administrator(request.user) and found.is_open,
        "left": rescoring.minutes_left(found),
    }
    if is_part(request):
        return render(request, "learning/_progress.html", progress)
    return render(request, "learning/rescoring.html", progress | _changes(request, form, chosen))


def _changes(request: HttpRequest, form: ChangesForm, chosen: Any) -> dict[str, Any]:
    listed, following = _page(chosen, request.GET.get("before_row", ""))
    return {
        "rows": listed,
        "next_url": _with(request, before_row=following) if following else None,
        "csv_url": _with(request, format="csv"),
        "form": form,
        "is_filtered": bool(form.asked),
        "reads_all": is_moderator(request.user),
    }


@for_administrators
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    if rescoring.cancel(actor_of(request), rescoring=_run(pk)):
        messages.success(request, _("The run is cancelled. What it has scored stays, and its owners are told."))
    else:
        messages.info(request, _("The run had ended before."))
    return redirect("learning:rescoring", pk)


def _csv(run: Rescoring, rows: Any) -> StreamingHttpResponse:
    lines = map(spreadsheets.line, changed_verdicts.table(rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="changed-verdicts-{run.model.version}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _page(rows: Any, before: str) -> tuple[list[Any], int | None]:
    """A page by key, newest first, and the key behind which the next one begins."""
    if before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: _PAGE + 1])
    return found[:_PAGE], found[_PAGE - 1].pk if len(found) > _PAGE else None


def _with(request: HttpRequest, **more: Any) -> str:
    kept = {key: value for key, value in request.GET.items() if key in ("before", "after", "decided") and value}
    return f"{request.path}?{urlencode(kept | more)}"


def _run(pk: UUID) -> Rescoring:
    return get_object_or_404(Rescoring.objects.select_related("model", "owner", "started_by"), pk=pk)
