"""The API's doors to reports: made and signed for those who may see the upload, checked for everybody."""

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.query_values import FLAG, flag
from accounts.requests import actor_of, base_of
from detector import api_shapes as shapes
from detector import asked_for, dossier, responses, signing
from detector.errors import Refused
from detector.parsers import MultiPartParser
from detector.upload_handler import TooLargeFile

_PARAMETERS = [
    OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH),
    OpenApiParameter("private", enum=FLAG, description="With place, serial numbers and names; for the owner."),
]
_ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 503), shapes.ErrorShape)
_FORM = {"multipart/form-data": shapes.ReportFileShape}
_PDF = {(200, "application/pdf"): OpenApiTypes.BINARY} | _ERRORS
_JSON = {(200, "application/json"): OpenApiTypes.OBJECT} | _ERRORS
_CHECKED = {200: shapes.CheckedShape} | dict.fromkeys((400, 401, 403, 413, 415, 503), shapes.ErrorShape)


@extend_schema(operation_id="report_pdf", parameters=_PARAMETERS, responses=_PDF)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def report_pdf(request: Request, pk: UUID) -> HttpResponseBase:
    """The report of an upload as a signed PDF."""
    found = asked_for.upload(request, pk)
    return responses.report(found, "pdf", dossier.pdf(actor_of(request), upload=found, **_asked(request)))


@extend_schema(operation_id="report_json", parameters=_PARAMETERS, responses=_JSON)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def report_json(request: Request, pk: UUID) -> HttpResponseBase:
    """The report of an upload as signed canonical JSON, its pictures included."""
    found = asked_for.upload(request, pk)
    return responses.report(found, "json", dossier.document(actor_of(request), upload=found, **_asked(request)))


@extend_schema(operation_id="verify_report", request=_FORM, responses=_CHECKED)  # type: ignore[untyped-decorator]
@api_view(["POST"])
@parser_classes([MultiPartParser])
def verify(request: Request) -> Response:
    """Is this report as it was signed? The file is checked in memory and not kept."""
    file = request.FILES.get("report")
    if file is None:
        raise Refused("no_file", "Send one file in the field 'report'.")
    if isinstance(file, TooLargeFile) or file.size > signing.MAX_BYTES:
        raise Refused("file_too_large", f"No report has more than {signing.MAX_BYTES / 1e6:g} MB.")
    checked = signing.check(file.read())
    told = {"valid": checked.valid, "reason": checked.reason, "kind": checked.kind, "key_id": checked.key_id}
    return Response(told)


def _asked(request: Request) -> dict[str, Any]:
    return {"base": base_of(request), "private": flag(request, "private")}
