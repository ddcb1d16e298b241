"""What of the API will go: told in the headers of every answer and in the schema, for as long as docs/api.md promises.

`Deprecation` is RFC 9745, `Sunset` RFC 8594. A row is taken out with its address, after its last day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

NOTICE_DAYS = 365  # at least, from the day on which it is told


@dataclass(frozen=True)
class Deprecated:
    """An address of the API as the schema writes it, since when it is to be left, until when it works, and for what."""

    method: str
    path: str
    since: date
    sunset: date
    instead: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path)))

    def headers(self, base: str) -> dict[str, str]:
        return {
            "Deprecation": f"@{int(_midnight(self.since))}",
            "Sunset": http_date(_midnight(self.sunset)),
            "Link": f'<{base}/api/docs/>; rel="deprecation"; type="text/html"',
        }


DEPRECATED = (
    Deprecated(
        "POST",
        "/api/v1/webhooks/{id}/deliveries/{delivery}/again/",
        date(2026, 11, 28),
        date(2027, 12, 31),
        "POST /api/v1/webhooks/deliveries/{id}/again/",  # which sends those of callbacks too
    ),
)


class DeprecationMiddleware:
    """Tell whoever still asks there, whatever the answer is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for one in DEPRECATED:
            if request.method == one.method and one.pattern.fullmatch(request.path):
                for name, value in one.headers(request.build_absolute_uri("/")[:-1]).items():
                    response[name] = value
        return response


def tell_deprecations(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A hook of the schema."""
    words = {"Deprecation": "Since when, in seconds of 1970: `@1795824000`.", "Sunset": "Until when it works."}
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in words.items()}
    for one in DEPRECATED:
        operation = result["paths"][one.path][one.method.lower()]
        operation["deprecated"] = True
        operation["description"] += f"\n\nDeprecated: use `{one.instead}`. It goes after {one.sunset.isoformat()}."
        for status, answer in operation["responses"].items():
            operation["responses"][status] = {**answer, "headers": answer.get("headers", {}) | headers}
    return result


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
