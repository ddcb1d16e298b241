"""Pages: each parses, calls one service, renders."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import actor_of, person_of
from accounts.roles import can_delete, is_moderator, owns
from detector import analysis, examination, files, intake, models_in_use, paging, report, responses, samples
from detector.errors import Refused
from detector.filters import UploadFilter
from detector.forms import UploadForm
from detector.models import Upload
from ml.serve import FORMATS

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/tiff,image/bmp,image/avif,image/heic,image/heif,.heic,.heif"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("detector:upload")
    return render(request, "detector/home.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        return _taken(request, [_take(request, file) for file in form.cleaned_data["image"]])
    recent = Upload.objects.owned_by(request.user).with_verdicts()[:6]
    context = {
        "form": form,
        "samples": samples.all_samples(),
        "recent": [report.of_upload(row) for row in recent],
        "accept": ACCEPT,
        "formats": FORMATS,
    }
    return render(request, "detector/upload.html", context, status=400 if form.errors else 200)


def _take(request: HttpRequest, file: Any) -> dict[str, Any]:
    """One file's result; a refused file does not stop the others."""
    try:
        taken = files.submit(actor_of(request), person_of(request), file)
    except Refused as error:
        return {
            "name": file.name,
            "error": {"code": error.code, "detail": error.detail},
            "status": error.status,
        }
    return {"name": file.name, "report": report.of_upload(taken), "status": 201}


def _taken(request: HttpRequest, results: list[dict[str, Any]]) -> HttpResponse:
    if len(results) == 1 and "report" in results[0]:
        return redirect(results[0]["report"]["links"]["page"])
    status = results[0]["status"] if len(results) == 1 else 200
    return render(request, "detector/upload_results.html", {"results": results}, status=status)


@login_required
@require_POST
def try_sample(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    taken = intake.submit(actor_of(request), owner=person_of(request), name=name, data=samples.read(name))
    return redirect("detector:verdict", taken.pk)


@require_safe
def sample_thumbnail(request: HttpRequest, name: str) -> HttpResponse:
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(samples.thumbnail(name), content_type="image/jpeg", headers=headers)


@login_required
@require_safe
@vary_on_headers("HX-Request")  # or the browser's Back shows the fragment as a whole page
def history(request: HttpRequest) -> HttpResponse:
    for_everyone = request.GET.get("all") == "1" and is_moderator(request.user)
    rows = Upload.objects.all() if for_everyone else Upload.objects.owned_by(request.user)
    chosen = UploadFilter(request.GET, rows)
    page = paging.page(chosen.qs.with_verdicts(), request.GET.get("cursor", ""))
    context = {
        "reports": [report.of_upload(row, reader=request.user) for row in page.items],
        "filter": chosen,
        "is_filtered": any(request.GET.get(name) for name in chosen.filters),
        "for_everyone": for_everyone,
        "next_url": _neighbour(request, page.next),
        "previous_url": _neighbour(request, page.previous),
        "total_shown": len(page.items),
    }
    partial = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    return render(request, "detector/_history.html" if partial else "detector/history.html", context)


def _neighbour(request: HttpRequest, cursor: str | None) -> str | None:
    """The same address with another cursor: the address bar always says what is shown."""
    kept = {key: value for key, value in request.GET.items() if key != "cursor" and value}
    return f"{request.path}?{urlencode(kept | {'cursor': cursor})}" if cursor else None


@login_required
@require_safe
@vary_on_headers("HX-Request")
def verdict(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    latest = found.latest
    partial = request.headers.get("HX-Request")
    if not partial:
        intake.note_view(actor_of(request), upload=found)
    if latest:
        examination.nudge(latest)
    context = {
        "report": report.of_upload(found, reader=request.user, copies=True),
        "card": models_in_use.card_of(latest.model) if latest else {},
        "can_delete": can_delete(request.user, found),
        "is_owner": owns(request.user, found),
        "owner_name": found.owner.get_username(),
    }
    return render(request, "detector/_verdict.html" if partial else "detector/verdict.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    if not can_delete(request.user, found):
        raise Http404
    if request.method == "GET":
        return render(request, "detector/confirm_delete.html", {"report": report.of_upload(found)})
    intake.delete(actor_of(request), upload=found)
    messages.success(request, f"{found.name} was deleted, with its verdict.")
    return redirect("detector:history")


@login_required
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    latest = found.latest
    if latest and owns(request.user, found):
        analysis.retry(actor_of(request), analysis=latest) or examination.retry(actor_of(request), analysis=latest)
    return redirect("detector:verdict", pk)


@login_required
@require_safe
def image(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    found = _visible(request, pk)
    intake.note_view(actor_of(request), upload=found)
    return responses.original(found)


@login_required
@require_safe
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    return responses.preview(_visible(request, pk))


@login_required
@require_safe
def thumbnail(request: HttpRequest, pk: UUID) -> HttpResponse:
    return responses.thumbnail(_visible(request, pk))


@login_required
@require_safe
def heatmap(request: HttpRequest, pk: UUID) -> HttpResponse:
    return responses.heatmap(_visible(request, pk))


@login_required
@require_safe
def evidence(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    return responses.evidence(_visible(request, pk), name)


def _visible(request: HttpRequest, pk: UUID) -> Upload:
    """404 for what is not there and for what is not theirs: strangers learn nothing from the difference."""
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user).with_verdicts(), pk=pk)
    return found
