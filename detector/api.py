"""The API's doors: parse, call the service, answer with the report."""

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action, api_view
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts import quotas
from accounts.models import ApiToken, User
from accounts.query_values import FLAG, flag
from accounts.requests import actor_of, base_of, person_of
from accounts.roles import can_delete, can_label, owns
from detector import api_shapes as shapes
from detector import (
    asked_for,
    conditional,
    examination,
    handing_in,
    intake,
    known,
    paging,
    patience,
    report,
    responses,
    similar,
    sparse,
    tags,
    timeline,
    upload_notes,
)
from detector.case_api import paged, read
from detector.filters import NEWEST, OLDEST, UploadFilter
from detector.models import Label, ModelVersion, Original, State, Upload
from detector.parsers import MultiPartParser
from detector.queries import UploadQuerySet

_ERRORS = {401: shapes.ErrorShape, 403: shapes.ErrorShape}
_NOT_FOUND = _ERRORS | {404: shapes.ErrorShape}
_KEPT = _NOT_FOUND | {503: shapes.ErrorShape}  # what lies in the storage
_PNG = {(200, "image/png"): OpenApiTypes.BINARY, 304: None} | _NOT_FOUND
_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
_NAME = OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, description="A signal; see `picture`.")
_FILTERS = [
    OpenApiParameter("verdict", enum=Label.values),
    OpenApiParameter("status", enum=State.values),
    OpenApiParameter("after", description="From this day (`2026-01-31`, `today`) on, or from `7d` ago: seven days."),
    OpenApiParameter("before", description="Uploaded on this day or earlier, or `7d` ago."),
    OpenApiParameter("name", description="Part of the file name."),
    OpenApiParameter("sha256", description="The digest, or how it begins."),
    OpenApiParameter("case", OpenApiTypes.UUID, description="What of it lies in this case, of which you are a member."),
    OpenApiParameter("q", description="Words in names, own notes and tags; how a digest begins; an id."),
    OpenApiParameter("model", description="The version whose verdict is shown."),
    OpenApiParameter("sort", enum=[NEWEST, OLDEST]),
    OpenApiParameter("external_id", description="Exactly this one."),
    OpenApiParameter("like", description="Of a picture, from `uploads/search/`: all that you may see, at most 200."),
    OpenApiParameter("tag", description="One of your tags, by name."),
    OpenApiParameter("cursor", description="From `next` or `previous`."),
    OpenApiParameter("all", enum=FLAG, description="Everybody's uploads; for moderators."),
]


@extend_schema_view(
    list=extend_schema(
        parameters=[*_FILTERS, sparse.FIELDS], responses={200: shapes.PageShape, 400: shapes.ErrorShape} | _ERRORS
    ),
    create=handing_in.SCHEMA,
    retrieve=extend_schema(
        parameters=[_ID, handing_in.WAIT, sparse.FIELDS, conditional.NONE_MATCH],
        responses={200: shapes.SparseReportShape, 304: None, 400: shapes.ErrorShape} | _NOT_FOUND,
    ),
    destroy=extend_schema(
        parameters=[_ID, conditional.MATCH], responses={204: None, 412: shapes.ErrorShape} | _NOT_FOUND
    ),
    partial_update=extend_schema(
        parameters=[_ID, conditional.MATCH],
        request={"application/json": shapes.LabelsShape},
        responses={200: shapes.ReportShape, 400: shapes.ErrorShape, 412: shapes.ErrorShape} | _NOT_FOUND,
    ),
    heatmap=extend_schema(parameters=[_ID, conditional.NONE_MATCH], responses=_PNG),
    evidence=extend_schema(parameters=[_ID, _NAME, conditional.NONE_MATCH], responses=_PNG | _KEPT),
    timeline=extend_schema(parameters=[_ID], responses={200: shapes.TimelineShape} | _NOT_FOUND),
    similar=extend_schema(parameters=[_ID], responses={200: shapes.SimilarShape} | _NOT_FOUND),
    image=extend_schema(
        parameters=[_ID, conditional.NONE_MATCH],
        responses={(200, "image/*"): OpenApiTypes.BINARY, 304: None} | _KEPT,
    ),
    known=extend_schema(
        request=shapes.KnownRequestShape, responses={200: shapes.KnownShape, 400: shapes.ErrorShape} | _ERRORS
    ),
)
class UploadViewSet(ViewSet):
    """Hand images in, read their verdicts."""

    parser_classes = [MultiPartParser, JSONParser]
    lookup_value_converter = "uuid"

    def get_parsers(self) -> list[BaseParser]:
        """What changes an upload comes as JSON alone."""
        changes = self.request is not None and self.request.method == "PATCH"
        return [JSONParser()] if changes else super().get_parsers()

    def create(self, request: Request) -> Response:
        """One image, as a file or (where the site allows it) by its address."""
        return handing_in.one(request)

    def list(self, request: Request) -> Response:
        every, listed = flag(request, "all"), UploadQuerySet(Upload)
        rows = listed.listed_for(request.user, everyone=every, shared="like" in request.query_params)
        chosen = UploadFilter(request.query_params, rows, request=request)
        if not chosen.is_valid():
            raise ValidationError(chosen.errors)
        page = paging.page(chosen.qs.with_verdicts(), request.query_params.get("cursor", ""), order=chosen.order)
        names = sparse.wanted(request)
        return Response(paged(request, page, [sparse.narrowed(_report(request, row), names) for row in page.items]))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        found = asked_for.upload(request, pk)
        if seconds := handing_in.wait_of(request):
            patience.answered(found, seconds)
            found = asked_for.upload(request, pk)
        intake.note_view(actor_of(request), upload=found)
        if found.latest:
            examination.nudge(found.latest)
        names = sparse.wanted(request)
        told = _report(request, found, copies=names is None or "evidence" in names)
        return conditional.answer(request, sparse.narrowed(told, names), handing_in.retry_after(found))

    def destroy(self, request: Request, pk: UUID) -> Response:
        found = asked_for.upload(request, pk)
        if not can_delete(request.user, found):
            self.permission_denied(request, "Only its owner or an administrator may delete this.")
        held = quotas.room_of(found.owner_id), Original.objects.filter(pk=found.original_id)  # in the order of intake
        with _unchanged(request, found, *held, Upload.objects.filter(pk=found.pk)):
            intake.delete(actor_of(request), upload=found)
        return Response(status=204)

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Give it tags and a note, which only you read. What is left out stays."""
        found = asked_for.upload(request, pk)
        if not can_label(request.user, found):
            self.permission_denied(request, "Tags and notes are their owner's.")
        given = read(shapes.LabelsShape, request)
        held = User.objects.filter(pk=found.owner_id), Upload.objects.filter(pk=found.pk)  # in the order of tags.py
        with _unchanged(request, found, *held):
            _label(request, found, given)
        told = _report(request, asked_for.upload(request, pk), copies=True)
        return Response(told, headers={"ETag": conditional.tag_of(told)})

    @action(detail=False, methods=["post"], parser_classes=[JSONParser])
    def known(self, request: Request) -> Response:
        """Which of these did you hand in? Asked by digest before a file is sent, or by id while a verdict is awaited.

        Of each digest the upload that was handed in last. Nobody is told of other people's uploads.
        """
        wanted = read(shapes.KnownRequestShape, request)
        rows = known.of_mine(request.user, digests=set(wanted["sha256"]), ids=set(wanted["ids"]))
        return Response({"uploads": [known.plain(row, base_of(request)) for row in rows]})

    @action(detail=True)
    def heatmap(self, request: Request, pk: UUID) -> HttpResponseBase:
        return conditional.picture(request, responses.heatmap(asked_for.upload(request, pk)))

    @action(detail=True, url_path="evidence/<slug:name>")
    def evidence(self, request: Request, pk: UUID, name: str) -> HttpResponseBase:
        return conditional.picture(request, responses.evidence(asked_for.upload(request, pk), name))

    @action(detail=True)
    def similar(self, request: Request, pk: UUID) -> Response:
        """Other uploads of this picture that you may see, oldest first: the same file, and copies of it."""
        found = asked_for.upload(request, pk)
        intake.note_view(actor_of(request), upload=found)
        return Response(similar.answer_of(found, request.user, base_of(request)))

    @action(detail=True)
    def timeline(self, request: Request, pk: UUID) -> Response:
        """What happened to this upload, oldest first: who did what, when. Names are told to moderators."""
        found = asked_for.upload(request, pk)
        intake.note_view(actor_of(request), upload=found)
        return Response(timeline.plain(timeline.of_upload(found, reader=request.user)))

    @action(detail=True)
    def image(self, request: Request, pk: UUID) -> HttpResponseBase:
        found = asked_for.upload(request, pk)
        intake.note_view(actor_of(request), upload=found)
        headers, has_it = conditional.file(request, found, whole=owns(request.user, found))
        if has_it:
            return Response(status=304, headers=headers)
        response = responses.original(found, request.user)
        for name, value in headers.items():
            response[name] = value
        return response


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


@extend_schema(  # type: ignore[untyped-decorator]
    parameters=[conditional.NONE_MATCH], responses={200: shapes.RegisteredModelShape(many=True), 304: None} | _ERRORS
)
@api_view(["GET"])
def models(request: Request) -> Response:
    """The registered models with their cards, newest first."""
    told = [
        {
            "version": model.version,
            "sha256": model.sha256,
            "current": model.is_current,
            "registered_at": model.registered_at,
            "card": model.card,
        }
        for model in ModelVersion.objects.all()
    ]
    return conditional.answer(request, told)


def _token(token: ApiToken) -> dict[str, Any]:
    return {"name": token.name, "prefix": token.prefix, "scope": token.scope, "expires_at": token.expires_at}


def _unchanged(request: Request, upload: Upload, *rows: QuerySet[Any]) -> AbstractContextManager[None]:
    return conditional.unchanged(
        request, lambda: _report(request, asked_for.upload(request, upload.pk), copies=True), *rows
    )


def _label(request: Request, upload: Upload, labels: dict[str, Any]) -> None:
    if "tags" in labels:
        tags.set_tags(actor_of(request), upload=upload, names=labels["tags"])
    if "note" in labels:
        upload_notes.write(actor_of(request), upload=upload, text=labels["note"])


def _report(request: Request, upload: Upload, copies: bool = False) -> report.Report:
    return report.of_upload(upload, base=base_of(request), reader=request.user, copies=copies)
