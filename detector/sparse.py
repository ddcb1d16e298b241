"""Only the fields that a program asks for: `?fields=id,status,verdict`."""

from collections.abc import Collection
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from detector.api_shapes import ReportShape
from detector.errors import Refused
from detector.report import Report

KNOWN: tuple[str, ...] = tuple(ReportShape().fields)
FIELDS = OpenApiParameter(
    "fields",
    {"type": "array", "items": {"type": "string", "enum": list(KNOWN)}},
    explode=False,
    description="Only these, by commas; `id` is always there.",
)


def wanted(request: Request) -> Collection[str] | None:
    """The names; None for all.

    Raises:
        Refused: unknown_field.
    """
    text = request.query_params.get("fields")
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in KNOWN]:
        raise Refused("unknown_field", f"There is no field {unknown[0][:40]!r}. Known are {', '.join(KNOWN)}.")
    return {"id", *names}


def narrowed(report: Report, names: Collection[str] | None) -> dict[str, Any]:
    return report if names is None else {name: value for name, value in report.items() if name in names}
