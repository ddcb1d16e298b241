"""Pages of retraining, for administrators: the runs with the form that starts one, a run as it goes on, and cancel."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import actor_of, is_part
from detector.errors import NoModel
from detector.models import ModelVersion
from learning import curves, readiness, runs
from learning.access import for_administrators
from learning.errors import LearningRefused
from learning.models import TrainingRun

_SHOWN = 50


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def runs_page(request: HttpRequest) -> HttpResponseBase:
    """The runs, what there is to learn from, and the form that starts one."""
    error = ""
    if request.method == "POST":
        try:
            started = runs.start(actor_of(request), only_new=request.POST.get("data") == "new")
            return redirect("learning:run", started.pk)
        except (LearningRefused, NoModel) as refusal:
            error = str(refusal)
    served = ModelVersion.objects.filter(is_current=True).first()
    material = readiness.material()
    chosen = request.POST.get("data") or ("mixed" if material.old else "new")
    listed = list(TrainingRun.objects.select_related("started_by", "candidate", "started_from")[:_SHOWN])
    context = {
        "runs": listed,
        "open": next((run for run in listed if run.is_open), None),
        "served": served,
        "material": material,
        "missing": readiness.obstacles(served, only_new=chosen == "new") if served and not error else [],
        "chosen": chosen,
        "error": error,
    }
    return render(request, "learning/runs.html", context, status=409 if error else 200)


@for_administrators
@require_safe
@vary_on_headers("HX-Request")
def run_page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A run: how far it is, its curve, how it ended; the fragment alone where a page asks for news."""
    run = _run(pk)
    partial = is_part(request)
    context = {"run": run, "curve": curves.of(run.curve)}
    return render(request, "learning/_run.html" if partial else "learning/run.html", context)


@for_administrators
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask a run to stop."""
    run = _run(pk)
    if not runs.cancel(actor_of(request), run=run):
        messages.info(request, _("The run was asked to stop before, or has ended."))
    return redirect("learning:run", pk)


def _run(pk: UUID) -> TrainingRun:
    return get_object_or_404(TrainingRun.objects.select_related("started_by", "candidate", "started_from"), pk=pk)
