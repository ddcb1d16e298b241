"""The API's doors of cases: parse, call the service, answer. Members, uploads and notes: case_part_api.py."""

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.utils.urls import replace_query_param

from accounts.error_shapes import ErrorShape
from accounts.query_values import FLAG, flag, one_of
from accounts.requests import actor_of, base_of
from accounts.roles import is_moderator
from detector import asked_for, case_dossier, case_export, cases, conditional, paging, responses
from detector import case_api_shapes as shapes
from detector.models import Case, Label

ERRORS = dict.fromkeys((400, 401, 403), ErrorShape)
NOT_FOUND = ERRORS | {404: ErrorShape}
CHANGED = NOT_FOUND | {409: ErrorShape}
_IF_MATCH = NOT_FOUND | {412: ErrorShape}
CURSOR = OpenApiParameter("cursor", description="From `next` or `previous`.")
VERDICT = OpenApiParameter("verdict", enum=Label.values, description="What is shown as this alone.")
_LIST = [
    OpenApiParameter("closed", enum=FLAG, description="Only open ones, or only closed ones."),
    OpenApiParameter("all", enum=FLAG, description="Everybody's cases; for moderators."),
    CURSOR,
]
_MADE = NOT_FOUND | dict.fromkeys((413, 503), ErrorShape)
_PDF = {(200, "application/pdf"): OpenApiTypes.BINARY} | _MADE
_JSON = {(200, "application/json"): OpenApiTypes.OBJECT} | _MADE
_ZIP = {(200, "application/zip"): OpenApiTypes.BINARY} | NOT_FOUND | {503: ErrorShape}


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="cases_create",
    request=shapes.CaseRequestShape,
    responses={201: shapes.CaseShape} | ERRORS,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="cases_list", parameters=_LIST, responses={200: shapes.CasePageShape} | ERRORS
)
@api_view(["GET", "POST"])
def case_list(request: Request) -> Response:
    """The cases of which you are a member, newest first. Who makes one owns it."""
    if request.method == "POST":
        made = cases.make(actor_of(request), **read(shapes.CaseRequestShape, request))
        body = shown(request, asked_for.case(request, made.pk))
        return Response(body, status=201, headers={"Location": body["links"]["api"]})
    everyone = flag(request, "all") and is_moderator(request.user)
    rows: Any = Case.objects.all() if everyone else Case.objects.of(request.user)
    if closed := one_of(request, "closed", FLAG):
        rows = rows.filter(closed_at__isnull=closed == "0")
    page = paging.page(rows.with_counts().with_membership(request.user), request.query_params.get("cursor", ""))
    return Response(paged(request, page, [shown(request, row) for row in page.items]))


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"],
    operation_id="cases_destroy",
    parameters=[conditional.MATCH],
    responses={204: None} | _IF_MATCH,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PATCH"],
    operation_id="cases_update",
    parameters=[conditional.MATCH],
    request=shapes.CaseChangeShape,
    responses={200: shapes.CaseShape} | _IF_MATCH,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"],
    operation_id="cases_retrieve",
    parameters=[conditional.NONE_MATCH],
    responses={200: shapes.CaseShape, 304: None} | NOT_FOUND,
)
@api_view(["GET", "PATCH", "DELETE"])
def case(request: Request, pk: UUID) -> Response:
    """One case. Its owners change, close and delete it; its uploads stay with their owners."""
    found = asked_for.case(request, pk)
    if request.method != "GET":
        with conditional.unchanged(
            request, lambda: shown(request, asked_for.case(request, pk)), Case.objects.filter(pk=found.pk)
        ):
            return _delete(request, found) if request.method == "DELETE" else _change(request, found)
    cases.note_view(actor_of(request), case=found)
    return conditional.answer(request, shown(request, found))


@extend_schema(operation_id="cases_report_pdf", parameters=[VERDICT], responses=_PDF)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def report_pdf(request: Request, pk: UUID) -> HttpResponseBase:
    """The report of a case as a signed PDF, of at most 500 images."""
    found = asked_for.case(request, pk)
    made = case_dossier.pdf(actor_of(request), case=found, **_asked(request))
    return responses.saved(f"{found.title} report.pdf", "application/pdf", made)


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="cases_report_json", parameters=[VERDICT], responses=_JSON
)
@api_view(["GET"])
def report_json(request: Request, pk: UUID) -> HttpResponseBase:
    """The report of a case as signed canonical JSON, its pictures included."""
    found = asked_for.case(request, pk)
    made = case_dossier.document(actor_of(request), case=found, **_asked(request))
    return responses.saved(f"{found.title} report.json", "application/json", made)


@extend_schema(operation_id="cases_export", responses=_ZIP)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def export(request: Request, pk: UUID) -> HttpResponseBase:
    """Everything of a case as a ZIP, made while it is sent."""
    found = asked_for.case(request, pk)
    pieces = case_export.stream(actor_of(request), case=found, base=base_of(request))
    return responses.saved(f"{found.title} export.zip", "application/zip", pieces)


def read(shape: type[Serializer[None]], request: Request) -> dict[str, Any]:
    """The body, as the shape says."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    data: dict[str, Any] = given.validated_data
    return data


def paged(request: Request, page: paging.Page, results: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "next": _neighbour(request, page.next),
        "previous": _neighbour(request, page.previous),
        "results": results,
    }


def _delete(request: Request, found: Case) -> Response:
    cases.delete(actor_of(request), case=found)
    return Response(status=204)


def _change(request: Request, found: Case) -> Response:
    """Each part that was sent is an act of its own."""
    data, actor = read(shapes.CaseChangeShape, request), actor_of(request)
    closed = data.pop("closed", None)
    cases.change(actor, case=found, **data)
    if closed is not None:
        (cases.close if closed else cases.reopen)(actor, case=found)
    told = shown(request, asked_for.case(request, found.pk))
    return Response(told, headers={"ETag": conditional.tag_of(told)})


def verdict_of(request: Request) -> str:
    return one_of(request, "verdict", Label.values)


def _asked(request: Request) -> dict[str, Any]:
    return {"base": base_of(request), "verdict": verdict_of(request)}


def shown(request: Request, case: Any) -> dict[str, Any]:
    base = base_of(request)
    names = {"page": "case", "report": "case_report_pdf", "export": "case_export"}
    links = {link: base + reverse(f"detector:{name}", args=[case.pk]) for link, name in names.items()}
    return {
        "id": str(case.pk),
        "title": case.title,
        "description": case.description,
        "role": case.membership,
        "uploads": case.uploads,
        "people": case.people,
        "retention_days": case.retention_days,
        "created_at": case.created_at,
        "closed_at": case.closed_at,
        "links": links | {"api": base + reverse("api:case", args=[case.pk])},
    }


def _neighbour(request: Request, cursor: str | None) -> str | None:
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor) if cursor else None
