"""The API's doors of the notices, and of how one is told by e-mail."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.utils.urls import replace_query_param

from accounts.error_shapes import ErrorShape
from accounts.query_values import FLAG, flag
from accounts.requests import actor_of, person_of
from notices import api_shapes as shapes
from notices import inbox, preferences
from notices.models import Notice

ERRORS = dict.fromkeys((400, 401, 403), ErrorShape)
NOT_FOUND = ERRORS | {404: ErrorShape}
_PAGE = [
    OpenApiParameter("unread", enum=FLAG, description="Only new ones."),
    OpenApiParameter("before", OpenApiTypes.INT, description="From `next`."),
]


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="notices_list", parameters=_PAGE, responses={200: shapes.NoticePageShape} | ERRORS
)
@api_view(["GET"])
def notice_list(request: Request) -> Response:
    """What you were told, newest first."""
    rows = inbox.of(request.user)
    chosen = rows.filter(read_at=None) if flag(request, "unread") else rows
    shown, older = inbox.page(chosen, _key(request.query_params.get("before", "")))
    following = replace_query_param(request.build_absolute_uri(), "before", older) if older else None
    results = [_of(notice) for notice in shown]
    return Response({"unread": inbox.unread(request.user), "next": following, "results": results})


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"], operation_id="notices_destroy", responses={204: None} | NOT_FOUND
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="notices_retrieve", responses={200: shapes.NoticeShape} | NOT_FOUND
)
@api_view(["GET", "DELETE"])
def notice(request: Request, pk: int) -> Response:
    """One notice; reading it here does not mark it as read."""
    found = _own(request, pk)
    if request.method == "DELETE":
        inbox.remove(found)
        return Response(status=204)
    return Response(_of(found))


@extend_schema(request=None, responses={200: shapes.NoticeShape} | NOT_FOUND)  # type: ignore[untyped-decorator]
@api_view(["POST"])
def read(request: Request, pk: int) -> Response:
    """Mark one as read."""
    inbox.read(_own(request, pk))
    return Response(_of(_own(request, pk)))


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="notices_read_all", request=None, responses={200: shapes.CountShape} | ERRORS
)
@api_view(["POST"])
def read_all(request: Request) -> Response:
    """Mark all as read; `count` says how many were new."""
    return Response({"count": inbox.read_all(request.user)})


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PATCH"], request=shapes.MailingShape, responses={200: shapes.MailingShape} | ERRORS
)
@extend_schema(methods=["GET"], responses={200: shapes.MailingShape} | ERRORS)  # type: ignore[untyped-decorator]
@api_view(["GET", "PATCH"])
def mailing(request: Request) -> Response:
    """When you are told by e-mail."""
    person = person_of(request)
    if request.method == "PATCH":
        preferences.set_mailing(
            actor_of(request), person=person, mailing=checked(shapes.MailingShape, request)["email"]
        )
    return Response({"email": preferences.mailing_of(person)})


def checked_query(shape: type[Serializer[None]], request: Request) -> dict[str, Any]:
    """The query of the address, as the shape says."""
    read_in = shape(data=request.query_params)
    read_in.is_valid(raise_exception=True)
    data: dict[str, Any] = read_in.validated_data
    return data


def checked(shape: type[Serializer[None]], request: Request) -> dict[str, Any]:
    """The body, as the shape says."""
    read_in = shape(data=request.data)
    read_in.is_valid(raise_exception=True)
    data: dict[str, Any] = read_in.validated_data
    return data


def _of(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.pk,
        "kind": notice.kind,
        "text": notice.text,
        "link": settings.SITE_URL + notice.link if notice.link else None,
        "target": notice.target,
        "data": notice.data,
        "created_at": notice.created_at,
        "read_at": notice.read_at,
    }


def _own(request: Request, pk: int) -> Notice:
    found: Notice = get_object_or_404(inbox.of(request.user), pk=pk)
    return found


def _key(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise ValidationError({"before": ["Follow the address in `next`."]})
    return int(text)
