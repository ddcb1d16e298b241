"""The API's doors: parse, call the service, answer with the report."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action, api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import ViewSet

from accounts.models import ApiToken
from accounts.requests import actor_of, person_of
from accounts.roles import can_delete, is_moderator
from detector import api_shapes as shapes
from detector import examination, files, intake, paging, report, responses, similar
from detector.filters import UploadFilter
from detector.models import Label, ModelVersion, State, Upload
from detector.parsers import MultiPartParser

_ERRORS = {401: shapes.ErrorShape, 403: shapes.ErrorShape}
_NOT_FOUND = _ERRORS | {404: shapes.ErrorShape}
_REFUSED = _ERRORS | dict.fromkeys((400, 413, 415, 503), shapes.ErrorShape)
_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
_NAME = OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, description="A signal; see `picture`.")
_FILTERS = [
    OpenApiParameter("verdict", enum=Label.values),
    OpenApiParameter("status", enum=State.values),
    OpenApiParameter("after", OpenApiTypes.DATE, description="Uploaded on this day or later."),
    OpenApiParameter("before", OpenApiTypes.DATE, description="Uploaded on this day or earlier."),
    OpenApiParameter("name", description="Part of the file name."),
    OpenApiParameter("sha256", description="The digest, or how it begins."),
    OpenApiParameter("cursor", description="From `next` or `previous`."),
    OpenApiParameter("all", enum=["1"], description="Everybody's uploads; for moderators."),
]


@extend_schema_view(
    list=extend_schema(parameters=_FILTERS, responses={200: shapes.PageShape, 400: shapes.ErrorShape} | _ERRORS),
    create=extend_schema(
        request={"multipart/form-data": shapes.UploadRequestShape},
        responses={201: shapes.ReportShape} | _REFUSED,
    ),
    retrieve=extend_schema(parameters=[_ID], responses={200: shapes.ReportShape} | _NOT_FOUND),
    destroy=extend_schema(parameters=[_ID], responses={204: None} | _NOT_FOUND),
    heatmap=extend_schema(parameters=[_ID], responses={(200, "image/png"): OpenApiTypes.BINARY} | _NOT_FOUND),
    evidence=extend_schema(parameters=[_ID, _NAME], responses={(200, "image/png"): OpenApiTypes.BINARY} | _NOT_FOUND),
    similar=extend_schema(parameters=[_ID], responses={200: shapes.SimilarShape} | _NOT_FOUND),
    image=extend_schema(parameters=[_ID], responses={(200, "image/*"): OpenApiTypes.BINARY} | _NOT_FOUND),
)
class UploadViewSet(ViewSet):
    """Hand images in, read their verdicts."""

    parser_classes = [MultiPartParser]
    lookup_value_converter = "uuid"

    def create(self, request: Request) -> Response:
        taken = files.submit(actor_of(request), person_of(request), request.FILES.get("image"))
        body = _report(request, taken, copies=True)
        return Response(body, status=201, headers={"Location": body["links"]["api"]})

    def list(self, request: Request) -> Response:
        everyone = request.query_params.get("all") == "1" and is_moderator(request.user)
        rows = Upload.objects.all() if everyone else Upload.objects.owned_by(request.user)
        chosen = UploadFilter(request.query_params, rows)
        if not chosen.is_valid():
            raise ValidationError(chosen.errors)
        page = paging.page(chosen.qs.with_verdicts(), request.query_params.get("cursor", ""))
        return Response(
            {
                "next": _neighbour(request, page.next),
                "previous": _neighbour(request, page.previous),
                "results": [_report(request, row) for row in page.items],
            }
        )

    def retrieve(self, request: Request, pk: UUID) -> Response:
        found = _visible(request, pk)
        intake.note_view(actor_of(request), upload=found)
        if found.latest:
            examination.nudge(found.latest)
        return Response(_report(request, found, copies=True))

    def destroy(self, request: Request, pk: UUID) -> Response:
        found = _visible(request, pk)
        if not can_delete(request.user, found):
            self.permission_denied(request, "Only its owner or an administrator may delete this.")
        intake.delete(actor_of(request), upload=found)
        return Response(status=204)

    @action(detail=True)
    def heatmap(self, request: Request, pk: UUID) -> HttpResponse:
        return responses.heatmap(_visible(request, pk))

    @action(detail=True, url_path="evidence/<slug:name>")
    def evidence(self, request: Request, pk: UUID, name: str) -> HttpResponse:
        return responses.evidence(_visible(request, pk), name)

    @action(detail=True)
    def similar(self, request: Request, pk: UUID) -> Response:
        """Other uploads of this picture that you may see, oldest first: the same file, and copies of it."""
        found = _visible(request, pk)
        intake.note_view(actor_of(request), upload=found)
        return Response(similar.answer_of(found, request.user, _base(request)))

    @action(detail=True)
    def image(self, request: Request, pk: UUID) -> HttpResponseBase:
        found = _visible(request, pk)
        intake.note_view(actor_of(request), upload=found)
        return responses.original(found)


@extend_schema(responses={200: shapes.MeShape} | _ERRORS)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def me(request: Request) -> Response:
    """Who this session or token is."""
    user, token = person_of(request), request.auth
    return Response(
        {
            "username": user.get_username(),
            "email": user.email,
            "role": user.role,
            "token": _token(token) if isinstance(token, ApiToken) else None,
        }
    )


@extend_schema(responses={200: shapes.RegisteredModelShape(many=True)} | _ERRORS)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def models(request: Request) -> Response:
    """The registered models with their cards, newest first."""
    return Response(
        [
            {
                "version": model.version,
                "sha256": model.sha256,
                "current": model.is_current,
                "registered_at": model.registered_at,
                "card": model.card,
            }
            for model in ModelVersion.objects.all()
        ]
    )


def _token(token: ApiToken) -> dict[str, Any]:
    return {"name": token.name, "prefix": token.prefix, "scope": token.scope, "expires_at": token.expires_at}


def _visible(request: Request, pk: UUID) -> Upload:
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user).with_verdicts(), pk=pk)
    return found


def _report(request: Request, upload: Upload, copies: bool = False) -> report.Report:
    return report.of_upload(upload, base=_base(request), reader=request.user, copies=copies)


def _base(request: Request) -> str:
    return request.build_absolute_uri("/")[:-1]


def _neighbour(request: Request, cursor: str | None) -> str | None:
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor) if cursor else None
