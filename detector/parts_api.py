"""The API's doors to what belongs to an upload: its evidence, what people decided of it, the cases it lies in."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests import actor_of, base_of
from detector import api_shapes as shapes
from detector import asked_for, case_api_shapes, conditional, intake, report, review
from detector.case_api import shown
from detector.models import Case, Review, Upload

_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
_ERRORS = dict.fromkeys((401, 403, 404), shapes.ErrorShape)


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="uploads_evidence_list",
    parameters=[_ID, conditional.NONE_MATCH],
    responses={200: shapes.EvidenceListShape, 304: None} | _ERRORS,
)
@api_view(["GET"])
def evidence(request: Request, pk: UUID) -> Response:
    """The rows of the ledger, without the copies that were seen before; and whether more will come."""
    told = report.of_upload(_seen(request, pk), base=base_of(request), reader=request.user)
    return conditional.answer(request, {"ledger": told["ledger"], "evidence": told["evidence"]})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="uploads_reviews_list", parameters=[_ID], responses={200: shapes.ReviewListShape} | _ERRORS
)
@api_view(["GET"])
def reviews(request: Request, pk: UUID) -> Response:
    """What people decided of it and did not take back, newest first; the first is what is shown."""
    rows = _seen(request, pk).reviews.filter(undone_at=None).select_related("reviewer")
    return Response({"results": [_of(row) for row in rows]})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="uploads_cases_list", parameters=[_ID], responses={200: case_api_shapes.CaseListShape} | _ERRORS
)
@api_view(["GET"])
def cases(request: Request, pk: UUID) -> Response:
    """The cases that it lies in, as far as you may see them."""
    rows: Any = Case.objects.visible_to(request.user).filter(items__upload=_seen(request, pk))
    return Response({"results": [shown(request, row) for row in rows.with_counts().with_membership(request.user)]})


def _seen(request: Request, pk: UUID) -> Upload:
    """The upload; that somebody else looked at it is written down."""
    found = asked_for.upload(request, pk)
    intake.note_view(actor_of(request), upload=found)
    return found


def _of(row: Review) -> dict[str, Any]:
    return {
        "decision": row.decision,
        "note": row.note,
        "by": row.reviewer.get_username() if row.reviewer else None,
        "at": row.created_at.isoformat(),
        "final": review.is_final(row),
        "verdict_then": row.machine_label or None,
    }
