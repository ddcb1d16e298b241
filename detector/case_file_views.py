"""Pages that hand out the report and the export of a case, for those who may see it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.requests import actor_of, base_of
from detector import asked_for, case_dossier, case_export, responses


@login_required
@require_GET
def report_pdf(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    case = asked_for.case(request, pk)
    made = case_dossier.pdf(actor_of(request), case=case, **_asked(request))
    return responses.saved(f"{case.title} report.pdf", "application/pdf", made)


@login_required
@require_GET
def report_json(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    case = asked_for.case(request, pk)
    made = case_dossier.document(actor_of(request), case=case, **_asked(request))
    return responses.saved(f"{case.title} report.json", "application/json", made)


@login_required
@require_GET
def export(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    case = asked_for.case(request, pk)
    pieces = case_export.stream(actor_of(request), case=case, base=base_of(request))
    return responses.saved(f"{case.title} export.zip", "application/zip", pieces)


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {"base": base_of(request), "verdict": request.GET.get("verdict", "")}
