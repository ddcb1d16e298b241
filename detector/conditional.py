"""Answers that a program keeps: a strong tag on each, 304 where it has that already, 412 where it would overwrite."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.http import http_date, parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from detector.errors import Refused
from detector.models import Upload

NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="An `ETag` that you have: 304 if it holds."
)
MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `ETag` of the whole object as you know it: 412 if it has changed since.",
)
_KEPT_NOWHERE = "private, no-store"  # kept by programs that mean to, never by a browser or a proxy


def answer(request: Request, data: Any, headers: dict[str, str] | None = None) -> Response:
    """The data with their tag; without them, where the program has them."""
    told = {"ETag": tag_of(data), "Cache-Control": _KEPT_NOWHERE, **(headers or {})}
    if knows(request, told["ETag"]):
        return Response(status=304, headers=told)
    return Response(data, headers=told)


def tag_of(data: Any) -> str:
    """A strong tag: two answers that have it are the same, byte for byte."""
    return _tag(JSONRenderer().render(data))


def picture(request: Request, response: Any) -> HttpResponseBase:
    """A picture that was made for this answer, with the tag of its bytes."""
    tag = _tag(response.content)
    if knows(request, tag):
        return not_modified(tag, response["Cache-Control"])
    response["ETag"] = tag
    return response  # type: ignore[no-any-return]


def file(request: Request, upload: Upload, *, whole: bool) -> tuple[dict[str, str], bool]:
    """The headers of an original, and whether the program has it: stored bytes never change."""
    tag = f'"{upload.original_id}{"" if whole else "-without-place"}"'
    return {"ETag": tag, "Last-Modified": http_date(upload.created_at.timestamp())}, knows(request, tag)


def knows(request: Request, tag: str) -> bool:
    """Whether the program says that it has this; weak tags count, as RFC 9110 has it for reading."""
    given = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in given or tag in {one.removeprefix("W/") for one in given}


def not_modified(tag: str, caching: str) -> Response:
    return Response(status=304, headers={"ETag": tag, "Cache-Control": caching})


@contextmanager
def unchanged(request: Request, told: Callable[[], Any], *rows: QuerySet[Any]) -> Iterator[None]:
    """Within it nothing changes: the program knows what is told now, and the rows are held, in this order.

    Where the program does not ask for that with If-Match, nothing is held and `told` is not called.

    Raises:
        Refused: precondition_failed.
    """
    header = request.headers.get("If-Match")
    if header is None:
        yield
        return
    with transaction.atomic():
        for some in rows:
            list(some.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        given = parse_etags(header)
        if "*" not in given and tag_of(told()) not in given:
            raise Refused("precondition_failed", "This has changed since you read it. Read it again, then decide anew.")
        yield


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
