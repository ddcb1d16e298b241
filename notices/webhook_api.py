"""The API's doors of the webhooks."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.error_shapes import ErrorShape
from accounts.requests import actor_of, person_of
from notices import api_shapes as shapes
from notices import deliveries, endpoints
from notices.api import ERRORS, NOT_FOUND, checked, checked_query
from notices.models import Delivery, DeliveryState, Endpoint

_CONFLICT = {409: ErrorShape}
_MOST = 100
_FILTERS = ("state", "endpoint", "target")
_DELIVERIES = [
    OpenApiParameter("state", enum=DeliveryState.values),
    OpenApiParameter("webhook", OpenApiTypes.UUID, description="Of this webhook, or of this callback."),
    OpenApiParameter("target", description="About this, such as `upload:…`."),
    OpenApiParameter("before", OpenApiTypes.UUID, description="From `next`."),
]


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="webhooks_create",
    request=shapes.EndpointRequestShape,
    responses={201: shapes.EndpointMadeShape} | ERRORS | _CONFLICT,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="webhooks_list", responses={200: shapes.EndpointShape(many=True)} | ERRORS
)
@api_view(["GET", "POST"])
def webhook_list(request: Request) -> Response:
    """Your webhooks. A new one comes with its secret, which is never shown again."""
    person = person_of(request)
    if request.method == "GET":
        return Response([_of(endpoint) for endpoint in Endpoint.objects.standing().filter(person=person)])
    data = checked(shapes.EndpointRequestShape, request)
    wanted = {"url": data["url"], "kinds_wanted": data.get("kinds", [])}
    made, secret = endpoints.make(actor_of(request), person=person, **wanted)
    return Response(_of(made) | {"secret": secret}, status=201)


@extend_schema(methods=["DELETE"], responses={204: None} | NOT_FOUND)  # type: ignore[untyped-decorator]
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PATCH"], request=shapes.EndpointChangeShape, responses={200: shapes.EndpointShape} | NOT_FOUND
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="webhooks_retrieve", responses={200: shapes.EndpointShape} | NOT_FOUND
)
@api_view(["GET", "PATCH", "DELETE"])
def webhook(request: Request, pk: UUID) -> Response:
    """One webhook."""
    found = _own(request, pk)
    if request.method == "DELETE":
        endpoints.remove(actor_of(request), endpoint=found)
        return Response(status=204)
    if request.method == "PATCH":
        data = checked(shapes.EndpointChangeShape, request)
        new = {"url": data.get("url", found.url), "active": data.get("active", found.active)}
        endpoints.change(actor_of(request), endpoint=found, kinds_wanted=data.get("kinds", found.kinds), **new)
    return Response(_of(found))


@extend_schema(  # type: ignore[untyped-decorator]
    request=None, responses={200: shapes.EndpointMadeShape} | NOT_FOUND
)
@api_view(["POST"])
def rotate(request: Request, pk: UUID) -> Response:
    """Give it a new secret. For a day deliveries carry two signatures, one of the old secret."""
    found = _own(request, pk)
    secret = endpoints.rotate(actor_of(request), endpoint=found)
    return Response(_of(found) | {"secret": secret})


@extend_schema(  # type: ignore[untyped-decorator]
    request=None, responses={201: shapes.DeliveryShape} | NOT_FOUND | dict.fromkeys((409, 429), ErrorShape)
)
@api_view(["POST"])
def test(request: Request, pk: UUID) -> Response:
    """Send a delivery that tells nothing, of kind `test`."""
    return Response(_delivery(deliveries.test(actor_of(request), endpoint=_own(request, pk))), status=201)


@extend_schema(responses={200: shapes.DeliveryListShape} | NOT_FOUND)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def delivery_list(request: Request, pk: UUID) -> Response:
    """Its last hundred deliveries, newest first."""
    rows = _own(request, pk).deliveries.all()[:_MOST]
    return Response({"results": [_delivery(row) for row in rows]})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="webhooks_send_all_again", request=None, responses={200: shapes.CountShape} | NOT_FOUND
)
@api_view(["POST"])
def send_again(request: Request, pk: UUID) -> Response:
    """Put all that were given up in line again, with the ids that they had."""
    return Response({"count": deliveries.send_again(actor_of(request), endpoint=_own(request, pk))})


@extend_schema(request=None, responses={200: shapes.CountShape} | NOT_FOUND)  # type: ignore[untyped-decorator]
@api_view(["POST"])
def send_one_again(request: Request, pk: UUID, delivery: UUID) -> Response:
    """Put one in line again, given up or delivered; `count` is 0 where it waits already."""
    found = _own(request, pk)
    one = get_object_or_404(found.deliveries, pk=delivery)
    return Response({"count": deliveries.send_again(actor_of(request), endpoint=found, delivery=one)})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="webhooks_deliveries_all",
    parameters=_DELIVERIES,
    responses={200: shapes.DeliveryPageShape} | NOT_FOUND,
)
@api_view(["GET"])
def all_deliveries(request: Request) -> Response:
    """What was sent to all of your webhooks and callbacks, newest first; `state=dead`: what was given up."""
    asked = checked_query(shapes.DeliveryFilterShape, request)
    rows = _mine(request).filter(**{name: asked[name] for name in _FILTERS if name in asked})
    if "before" in asked:
        before = get_object_or_404(_mine(request), pk=asked["before"])
        rows = rows.filter(Q(created_at__lt=before.created_at) | Q(created_at=before.created_at, pk__lt=before.pk))
    shown = list(rows[: _MOST + 1])
    older = shown[_MOST - 1].pk if len(shown) > _MOST else None
    following = replace_query_param(request.build_absolute_uri(), "before", older) if older else None
    return Response({"next": following, "results": [_told(row) for row in shown[:_MOST]]})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="webhooks_delivery", responses={200: shapes.DeliveryWithBodyShape} | NOT_FOUND
)
@api_view(["GET"])
def one_delivery(request: Request, pk: UUID) -> Response:
    """One delivery with the body that is signed."""
    found = get_object_or_404(_mine(request), pk=pk)
    return Response(_told(found) | {"body": found.body})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="webhooks_delivery_again", request=None, responses={200: shapes.CountShape} | NOT_FOUND
)
@api_view(["POST"])
def delivery_again(request: Request, pk: UUID) -> Response:
    """Put one in line again, given up or delivered, of a callback too; `count` is 0 where it waits already."""
    found = get_object_or_404(_mine(request).select_related("endpoint"), pk=pk)
    return Response({"count": deliveries.send_again(actor_of(request), endpoint=found.endpoint, delivery=found)})


def _mine(request: Request) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint__person=person_of(request)).order_by("-created_at", "-pk")


def _told(row: Delivery) -> dict[str, Any]:
    return _delivery(row) | {"webhook": row.endpoint_id, "target": row.target}


def _of(endpoint: Endpoint) -> dict[str, Any]:
    names = ("id", "url", "kinds", "active", "failing_since", "created_at")
    return {name: getattr(endpoint, name) for name in names}


def _delivery(row: Delivery) -> dict[str, Any]:
    names = ("id", "kind", "state", "attempts", "last_status", "last_error", "created_at", "done_at")
    waits = row.state == DeliveryState.WAITING
    return {name: getattr(row, name) for name in names} | {"next_at": row.next_at if waits else None}


def _own(request: Request, pk: UUID) -> Endpoint:
    found: Endpoint = get_object_or_404(Endpoint.objects.standing(), person=person_of(request), pk=pk)
    return found
