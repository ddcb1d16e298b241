"""Pages: each parses, calls one service, renders."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.errors import Refused
from accounts.requests import actor_of, is_part, person_of, with_headers
from accounts.roles import can_delete, can_end_link, can_label, can_put_into_case, owns
from detector import (
    analysis,
    asked_for,
    case_items,
    case_reading,
    examination,
    files,
    intake,
    models_in_use,
    report,
    responses,
    samples,
    tags,
    timeline,
)
from detector.errors import UNREADY, unready
from detector.forms import UploadForm
from detector.label_forms import LabelsForm
from detector.limits import ACCEPT
from detector.models import Case, Upload
from fakedetect_site import meters
from ml.serve import FORMATS

SHOWN_OF_THE_HISTORY = 8  # entries on the page of a verdict; all of them have a page of their own


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("detector:upload")
    return render(request, "detector/home.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The page to hand pictures in; with `case`, into that case."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    wanted = request.POST.get("case") or request.GET.get("case", "")
    case = case_reading.receiving(wanted, request.user)
    if form.is_valid():
        results = [_take(request, file) for file in form.cleaned_data["image"]]
        if wanted:
            _put_into(request, case, [result["upload"] for result in results if "upload" in result])
        return _taken(request, results, case)
    recent = Upload.objects.owned_by(request.user).with_verdicts()[:6]
    context = {
        "form": form,
        "samples": samples.all_samples(),
        "recent": [report.of_upload(row) for row in recent],
        "accept": ACCEPT,
        "case": case,
        "show_guide": not recent and person_of(request).guide_closed_at is None,
        "formats": FORMATS,
    }
    return render(request, "detector/upload.html", context, status=400 if form.errors else 200)


def _take(request: HttpRequest, file: Any) -> dict[str, Any]:
    """One file's result; a refused file does not stop the others."""
    try:
        taken = files.submit(actor_of(request), person_of(request), file)
    except (Refused, *UNREADY) as error:
        refusal = error if isinstance(error, Refused) else unready(error)
        return {
            "name": file.name,
            "error": {"code": refusal.code, "detail": refusal.detail},
            "status": refusal.status,
            "headers": refusal.headers,
        }
    return {"name": file.name, "upload": taken, "report": report.of_upload(taken), "status": 201}


def _put_into(request: HttpRequest, case: Case | None, taken: list[Upload]) -> None:
    """What was handed in goes into the case; where it cannot, it stays handed in and the page says so."""
    if case is None:
        messages.warning(request, _("Nothing was put into the case: it is closed, or you cannot change it."))
    elif taken:
        try:
            case_items.add(actor_of(request), case=case, uploads=taken)
        except Refused as error:
            messages.warning(request, _("Nothing was put into the case: %(why)s") % {"why": error.detail})
        else:
            messages.success(request, _("Put into the case “%(title)s”.") % {"title": case.title})


def _taken(request: HttpRequest, results: list[dict[str, Any]], case: Case | None) -> HttpResponse:
    if len(results) == 1 and "report" in results[0]:
        return redirect(results[0]["report"]["links"]["page"])
    status = results[0]["status"] if len(results) == 1 else 200
    response = render(request, "detector/upload_results.html", {"results": results, "case": case}, status=status)
    return with_headers(response, results[-1].get("headers", {}))


@login_required
@require_POST
def try_sample(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    with meters.upload():
        taken = intake.submit(actor_of(request), owner=person_of(request), name=name, data=samples.read(name))
    return redirect("detector:verdict", taken.pk)


@require_safe
def sample_thumbnail(request: HttpRequest, name: str) -> HttpResponse:
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(samples.thumbnail(name), content_type="image/jpeg", headers=headers)


@login_required
@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def verdict(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = asked_for.upload(request, pk)
    latest = found.latest
    partial = is_part(request)
    if not partial:
        intake.note_view(actor_of(request), upload=found)
    if latest:
        examination.nudge(latest)
    told = report.of_upload(found, reader=request.user, copies=True)
    context = {
        "report": told,
        "card": models_in_use.card_of(latest.model) if latest else {},
        "can_delete": can_delete(request.user, found),
        "can_end_link": can_end_link(request.user, found),
        "is_owner": owns(request.user, found),
        "owner_name": found.owner.get_username(),
    }
    if request.headers.get("HX-Target") != "ledger":  # which asks every moment, and takes the rest from the page
        context |= _around(request, found, told)
    return render(request, "detector/_verdict.html" if partial else "detector/verdict.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = asked_for.upload(request, pk)
    if not can_delete(request.user, found):
        raise Http404
    if request.method == "GET":
        return render(request, "detector/confirm_delete.html", {"report": report.of_upload(found)})
    intake.delete(actor_of(request), upload=found)
    messages.success(request, _("%(name)s was deleted, with its verdict.") % {"name": found.name})
    return redirect("detector:history")


@login_required
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = asked_for.upload(request, pk)
    if not owns(request.user, found):
        raise Http404
    if latest := found.latest:
        analysis.retry(actor_of(request), analysis=latest) or examination.retry(actor_of(request), analysis=latest)
    return redirect("detector:verdict", pk)


@login_required
@require_safe
def image(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    found = asked_for.upload(request, pk)
    intake.note_view(actor_of(request), upload=found)
    return responses.original(found, request.user)


@login_required
@require_safe
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    return responses.preview(asked_for.upload(request, pk))


@login_required
@require_safe
def thumbnail(request: HttpRequest, pk: UUID) -> HttpResponse:
    return responses.thumbnail(asked_for.upload(request, pk))


@login_required
@require_safe
def heatmap(request: HttpRequest, pk: UUID) -> HttpResponse:
    return responses.heatmap(asked_for.upload(request, pk))


@login_required
@require_safe
def evidence(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    return responses.evidence(asked_for.upload(request, pk), name)


def _around(request: HttpRequest, upload: Upload, told: report.Report) -> dict[str, Any]:
    """What stands below a verdict: its history, cases, tags and note."""
    newest = timeline.of_upload(upload, reader=request.user).newest(SHOWN_OF_THE_HISTORY)
    return {"timeline": newest, **_cases_of(request, upload), **_labels_of(request, upload, told)}


def _cases_of(request: HttpRequest, upload: Upload) -> dict[str, Any]:
    """The cases that it lies in; and, for its owner, those that they cannot see."""
    mine = owns(request.user, upload)
    return {
        "cases": case_reading.cases_of(upload, request.user),
        "elsewhere": case_reading.unseen_cases_of(upload, request.user) if mine else [],
        "can_share": can_put_into_case(request.user, "owner", upload),
    }


def _labels_of(request: HttpRequest, upload: Upload, told: report.Report) -> dict[str, Any]:
    if not can_label(request.user, upload):
        return {}
    return {"labels_form": LabelsForm.of(told), "own_tags": tags.names_of(request.user)}
