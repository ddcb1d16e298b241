"""The API's doors of files that go to the store past the site: announce one, and say that it was sent."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests import actor_of, base_of, person_of
from detector import api_shapes as shapes
from detector import direct, handing_in
from detector.case_api import read
from detector.models import DirectUpload

_ERRORS = dict.fromkeys((400, 401, 403, 409, 413), shapes.ErrorShape)
_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class AnnouncedShape(serializers.Serializer[None]):
    name = serializers.CharField(max_length=255, help_text="Of the file.")
    size = serializers.IntegerField(min_value=1, help_text="Bytes.")
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="Of its bytes.")
    type = serializers.ChoiceField(choices=direct.TYPES, help_text="As its bytes say.")


class DirectShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    method = serializers.ChoiceField(choices=["PUT"])
    url = serializers.URLField(help_text="Where the bytes go. Whoever knows it may send them; nothing else.")
    headers = serializers.DictField(child=serializers.CharField(), help_text="To be sent with them, exactly so.")
    expires_at = serializers.DateTimeField()
    complete = serializers.URLField(help_text="What to ask when they have arrived.")


@extend_schema(request=AnnouncedShape, responses={201: DirectShape} | _ERRORS | {429: shapes.ErrorShape})  # type: ignore[untyped-decorator]
@api_view(["POST"])
def begin(request: Request) -> Response:
    """Announce a file that you will send to the store yourself, where the site has one."""
    given = read(AnnouncedShape, request)
    told = {name: given[name] for name in ("name", "size", "sha256")}
    row, ticket = direct.begin(actor_of(request), owner=person_of(request), mime=given["type"], **told)
    address = reverse("api:direct-complete", args=[row.pk])
    answer: dict[str, Any] = {"id": str(row.pk), "method": "PUT", "url": ticket.url, "headers": ticket.headers}
    answer |= {"expires_at": row.expires_at.isoformat(), "complete": base_of(request) + address}
    return Response(answer, status=201)


@extend_schema(  # type: ignore[untyped-decorator]
    parameters=[_ID, handing_in.KEY, handing_in.WAIT],
    request=shapes.ParticularsShape,
    responses={201: shapes.HandedInShape, 202: shapes.HandedInShape}
    | _ERRORS
    | dict.fromkeys((404, 410, 415, 422, 503), shapes.ErrorShape),
)
@api_view(["POST"])
def complete(request: Request, pk: UUID) -> Response:
    """Say that the bytes were sent: they are taken in and judged like any upload, and answered like one."""
    rows = DirectUpload.objects.select_related("owner", "upload")
    found = get_object_or_404(rows, pk=pk, owner=person_of(request))
    told, sent = handing_in.particulars_of(request, shapes.ParticularsShape)
    again = found.upload_id is not None
    return handing_in.done_once(
        request,
        told,
        lambda: sent,
        lambda particulars: direct.complete(actor_of(request), announced=found, told=particulars),
        again,
    )
