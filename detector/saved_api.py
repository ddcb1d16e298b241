"""The API's doors of saved views: one's own states of the history, by name."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.error_shapes import ErrorShape
from accounts.requests import actor_of, base_of
from detector import filters, list_state, saved
from detector.case_api import read
from detector.models import SavedView

_ID = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)
_ERRORS = dict.fromkeys((401, 403), ErrorShape)
_CHANGED = _ERRORS | dict.fromkeys((400, 409), ErrorShape)


class ViewNameShape(serializers.Serializer[None]):
    name = serializers.CharField(max_length=saved.LONGEST)


class ViewRequestShape(ViewNameShape):
    query = serializers.CharField(
        max_length=4 * list_state.LONGEST, help_text="As after `?` in the history; what it does not know is dropped."
    )


class ViewLinksShape(serializers.Serializer[None]):
    page = serializers.URLField()
    uploads = serializers.URLField(help_text="What it shows, in the API.")
    api = serializers.URLField()


class ViewShape(serializers.Serializer[None]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    query = serializers.CharField()
    created_at = serializers.DateTimeField()
    links = ViewLinksShape()


class ViewListShape(serializers.Serializer[None]):
    results = ViewShape(many=True)


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="views_create",
    request=ViewRequestShape,
    responses={201: ViewShape} | _CHANGED,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="views_list", responses={200: ViewListShape} | _ERRORS
)
@api_view(["GET", "POST"])
def views(request: Request) -> Response:
    """Your saved views of the history, by name. A relative day (`today`, `7d`) in one stays relative."""
    if request.method == "GET":
        return Response({"results": [_plain(request, one) for one in saved.of(request.user)]})
    given = read(ViewRequestShape, request)
    if wrong := filters.errors_of(request, given["query"]):
        raise ValidationError({"query": [f"{name}: {' '.join(told)}" for name, told in wrong.items()]})
    made = saved.keep(actor_of(request), **given)
    told = _plain(request, made)
    return Response(told, status=201, headers={"Location": told["links"]["api"]})


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"], operation_id="views_destroy", parameters=[_ID], responses={204: None, 404: ErrorShape} | _ERRORS
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PATCH"],
    operation_id="views_update",
    parameters=[_ID],
    request=ViewNameShape,
    responses={200: ViewShape, 404: ErrorShape} | _CHANGED,
)
@api_view(["PATCH", "DELETE"])
def view(request: Request, pk: int) -> Response:
    """Rename one, or forget it: the uploads that it shows stay."""
    found = get_object_or_404(SavedView, pk=pk, owner=request.user.pk)
    if request.method == "DELETE":
        saved.delete(actor_of(request), view=found)
        return Response(status=204)
    saved.rename(actor_of(request), view=found, **read(ViewNameShape, request))
    return Response(_plain(request, found))


def _plain(request: Request, view: SavedView) -> dict[str, Any]:
    base = base_of(request)
    links = {
        "page": f"{base}{reverse('detector:history')}?{view.query}",
        "uploads": f"{base}{reverse('api:upload-list')}?{list_state.without(view.query, 'view')}",
        "api": base + reverse("api:view", args=[view.pk]),
    }
    return {"id": view.pk, "name": view.name, "query": view.query, "created_at": view.created_at, "links": links}
