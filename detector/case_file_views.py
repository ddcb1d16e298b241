"""Pages that hand out the report and the export of a case, for those who may see it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.requests import actor_of
from detector import case_dossier, case_export, responses
from detector.case_views import visible


@login_required
@require_GET
def report_pdf(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    case = visible(request, pk)
    made = case_dossier.pdf(actor_of(request), case=case, **_asked(request))
    return responses.saved(f"{case.title} report.pdf", "application/pdf", made)


@login_required
@require_GET
def report_json(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    case = visible(request, pk)
    made = case_dossier.document(actor_of(request), case=case, **_asked(request))
    return responses.saved(f"{case.title} report.json", "application/json", made)


@login_required
@require_GET
def export(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    case = visible(request, pk)
    pieces = case_export.stream(actor_of(request), case=case, base=request.build_absolute_uri("/")[:-1])
    return responses.saved(f"{case.title} export.zip", "application/zip", pieces)


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {"base": request.build_absolute_uri("/")[:-1], "verdict": request.GET.get("verdict", "")}
