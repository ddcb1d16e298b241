"""The API's doors of appeals."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.error_shapes import ErrorShape
from accounts.requests import actor_of
from accounts.roles import can_see
from desk import appeals
from desk.appeal_views import sent
from desk.models import Appeal, Outcome
from detector.models import Decision, Label, Upload
from detector.parsers import MultiPartParser

_NOT_FOUND = dict.fromkeys((401, 403, 404), ErrorShape)
_REFUSED = _NOT_FOUND | dict.fromkeys((400, 409, 413, 415, 429, 503), ErrorShape)


class AttachmentShape(serializers.Serializer[None]):
    name = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.URLField()


class AppealShape(serializers.Serializer[None]):
    id = serializers.IntegerField()
    note = serializers.CharField()
    shown = serializers.ChoiceField(choices=Label.choices, help_text="What is disputed: the label that was shown.")
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    decision = serializers.ChoiceField(choices=Decision.choices, allow_null=True)
    attachment = AttachmentShape(allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class AppealRequestShape(serializers.Serializer[None]):
    note = serializers.CharField(max_length=appeals.MAX_NOTE)
    file = serializers.FileField(required=False, allow_empty_file=True, help_text="The original or RAW file.")


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="appeals_create",
    request={"multipart/form-data": AppealRequestShape, "application/json": AppealRequestShape},
    responses={201: AppealShape} | _REFUSED,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="appeals_list", responses={200: AppealShape(many=True)} | _NOT_FOUND
)
@api_view(["GET", "POST"])
@parser_classes([MultiPartParser, JSONParser])
def appeal_list(request: Request, pk: UUID) -> Response:
    """The appeals against what is shown of an upload, newest first; or a new one, with a note and, at will, a file."""
    upload = _upload(request, pk)
    if request.method == "GET":
        return Response([_of(request, appeal) for appeal in appeals.of(upload)])
    read_in = AppealRequestShape(data=request.data)
    read_in.is_valid(raise_exception=True)
    note, file = read_in.validated_data["note"], request.FILES.get("file")
    made = appeals.make(actor_of(request), upload=upload, note=note, file=file)
    return Response(_of(request, made), status=201)


appeal_list.largest_file = "MAX_ATTACHMENT_BYTES"


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"], responses={204: None} | _NOT_FOUND | {409: ErrorShape}
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="appeals_retrieve", responses={200: AppealShape} | _NOT_FOUND
)
@api_view(["GET", "DELETE"])
def appeal(request: Request, pk: UUID, appeal: int) -> Response:
    """One appeal; deleting it takes it back, while it is pending."""
    found = get_object_or_404(appeals.of(_upload(request, pk)), pk=appeal)
    if request.method == "GET":
        return Response(_of(request, found))
    appeals.take_back(actor_of(request), appeal=found)
    return Response(status=204)


@extend_schema(  # type: ignore[untyped-decorator]
    responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 503: ErrorShape} | _NOT_FOUND
)
@api_view(["GET"])
def attachment(request: Request, pk: UUID, appeal: int) -> HttpResponseBase:
    """What was attached, for its owner and the moderators."""
    found = get_object_or_404(appeals.of(_upload(request, pk)).exclude(attachment=""), pk=appeal)
    appeals.note_read(actor_of(request), appeal=found)
    return sent(found, request.user)


def _upload(request: Request, pk: UUID) -> Upload:
    """For owners and moderators; members of a case see the picture, not what is disputed about it."""
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user).with_verdicts(), pk=pk)
    if not can_see(request.user, found):
        raise Http404
    return found


def _of(request: Request, row: Appeal) -> dict[str, Any]:
    names = ("note", "shown", "outcome", "created_at", "decided_at")
    told = {name: getattr(row, name) for name in names}
    decision = row.review.decision if row.review else None
    return {"id": row.pk, **told, "decision": decision, "attachment": _attachment_of(request, row)}


def _attachment_of(request: Request, row: Appeal) -> dict[str, Any] | None:
    if not row.attachment:
        return None
    address = request.build_absolute_uri(f"/api/v1/uploads/{row.upload_id}/appeals/{row.pk}/attachment/")
    told = {"name": row.attachment_name, "bytes": row.attachment_bytes, "sha256": row.attachment_sha256}
    return told | {"url": address}
