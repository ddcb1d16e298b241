"""The API's doors of share links."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.error_shapes import ErrorShape
from accounts.requests import actor_of
from detector import asked_for, shares
from detector.case_api import read
from detector.models import ShareLink

STATES = [(name, name) for name in ("active", "expired", "revoked")]
_ERRORS = dict.fromkeys((401, 403, 404), ErrorShape)


class ShareLinkRequestShape(serializers.Serializer[None]):
    days = serializers.IntegerField(min_value=1, max_value=36_500)
    shows_image = serializers.BooleanField(default=False)


class ShareLinkShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=STATES)
    shows_image = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    opened = serializers.IntegerField()
    last_opened_at = serializers.DateTimeField(allow_null=True)


class MadeShareLinkShape(ShareLinkShape):
    url = serializers.CharField(help_text="The address to hand on; told this once.")


class ShareLinksShape(serializers.Serializer[None]):
    links = ShareLinkShape(many=True)


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="links_create",
    request=ShareLinkRequestShape,
    responses={201: MadeShareLinkShape, 400: ErrorShape, 409: ErrorShape} | _ERRORS,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="links_list", responses={200: ShareLinksShape} | _ERRORS
)
@api_view(["GET", "POST"])
def links(request: Request, pk: UUID) -> Response:
    """The links to the verdict of an upload, newest first; a new one is answered with its address, this once."""
    found = asked_for.upload_to_share(request, pk)
    if request.method == "GET":
        return Response({"links": [_plain(one) for one in found.share_links.all()]})
    given = read(ShareLinkRequestShape, request)
    link, secret = shares.make(actor_of(request), upload=found, **given)
    url = request.build_absolute_uri(reverse("detector:shared", args=[secret]))
    return Response(_plain(link) | {"url": url}, status=201, headers={"Cache-Control": "no-store"})


@extend_schema(operation_id="links_destroy", responses={204: None} | _ERRORS)  # type: ignore[untyped-decorator]
@api_view(["DELETE"])
def link(request: Request, pk: UUID, link: UUID) -> Response:
    """End it at once; it stays in the list."""
    found = get_object_or_404(asked_for.upload_to_share(request, pk).share_links.select_related("upload"), pk=link)
    shares.revoke(actor_of(request), link=found)
    return Response(status=204)


def _plain(one: ShareLink) -> dict[str, Any]:
    names = ("id", "state", "shows_image", "created_at", "expires_at", "opened", "last_opened_at")
    return {name: getattr(one, name) for name in names}
