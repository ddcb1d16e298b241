"""What a person used and what is left, for programs."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import usage
from accounts.error_shapes import ErrorShape
from accounts.requests import person_of
from accounts.usage import Line, Source


class LimitShape(serializers.Serializer[None]):
    name = serializers.CharField()
    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True, help_text="Null: none.")
    left = serializers.IntegerField(allow_null=True)
    resets_at = serializers.DateTimeField(allow_null=True, help_text="Null: of what is kept, which time does not free.")


class SumsShape(serializers.Serializer[None]):
    requests = serializers.IntegerField()
    uploads = serializers.IntegerField()
    bytes = serializers.IntegerField()


class SourceShape(serializers.Serializer[None]):
    token = serializers.CharField(allow_null=True, help_text="The prefix of a token; null: without any, in a browser.")
    name = serializers.CharField(allow_null=True)
    today = SumsShape()
    month = SumsShape()


class UsageShape(serializers.Serializer[None]):
    limits = LimitShape(many=True)
    sources = SourceShape(many=True)


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="usage", responses={200: UsageShape, 401: ErrorShape, 403: ErrorShape}
)
@api_view(["GET"])
def read(request: Request) -> Response:
    """What you used today and this month, by token, and what is left of each limit."""
    person = person_of(request)
    return Response(
        {
            "limits": [_limit(line) for line in usage.limits_of(person)],
            "sources": [_source(one) for one in usage.sources_of(person)],
        }
    )


def _limit(line: Line) -> dict[str, Any]:
    told = {"name": line.name, "used": line.used, "limit": line.most or None, "left": line.left}
    return told | {"resets_at": line.ends}


def _source(one: Source) -> dict[str, Any]:
    whose = {"token": one.token.prefix if one.token else None, "name": one.token.name if one.token else None}
    return whose | {"today": asdict(one.today), "month": asdict(one.month)}
