"""The API's doors of batches: parse, call the service, answer with progress and results."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.query_values import one_of
from accounts.requests import actor_of, base_of, person_of
from detector import batch_shapes as shapes
from detector import batches, paging, unpacking
from detector.api_shapes import BatchParticularsShape, ErrorShape
from detector.batches import Source
from detector.case_api import CURSOR, paged
from detector.errors import Refused, refused
from detector.handing_in import KEY, digest_of, made, particulars_of, turn_of, with_turn
from detector.limits import limits
from detector.models import Batch, ItemState, OnceKey, Upload
from detector.parsers import MultiPartParser
from detector.particulars import Particulars
from detector.upload_handler import TooLargeFile
from ml.serve import too_large

_ERRORS = dict.fromkeys((400, 401, 403), ErrorShape)
_NOT_FOUND = _ERRORS | {404: ErrorShape}
_SOON = 2  # seconds until one may ask again
_ITEM = OpenApiParameter("item", enum=ItemState.values, description="Only items that are so.")


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="batches_create",
    parameters=[KEY],
    request={"multipart/form-data": shapes.BatchFilesShape},
    responses={202: shapes.BatchWithItemsShape}
    | _NOT_FOUND
    | dict.fromkeys((409, 410, 413, 415, 422, 503), ErrorShape),
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"],
    operation_id="batches_list",
    parameters=[OpenApiParameter("external_id", description="Exactly this one."), CURSOR],
    responses={200: shapes.BatchPageShape} | _ERRORS,
)
@api_view(["GET", "POST"])
@parser_classes([MultiPartParser])
def batch_list(request: Request) -> Response:
    """Your batches, newest first; hand many files in at once, or one ZIP."""
    if request.method == "POST":
        return _taken(request)
    rows: Any = Batch.objects.of(request.user)
    if wanted := request.query_params.get("external_id"):
        rows = rows.filter(external_id=wanted)
    page = paging.page(batches.counted(rows), request.query_params.get("cursor", ""))
    return Response(paged(request, page, [_of(request, row) for row in page.items]))


batch_list.largest_file = "MAX_BATCH_BYTES"  # read by upload_handler.py


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="batches_retrieve", parameters=[_ITEM], responses={200: shapes.BatchWithItemsShape} | _NOT_FOUND
)
@api_view(["GET"])
def batch(request: Request, pk: UUID) -> Response:
    """One batch with the result of each file; its verdicts are those of the uploads."""
    return _whole(request, pk)


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="batches_cancel", request=None, responses={200: shapes.BatchWithItemsShape} | _NOT_FOUND
)
@api_view(["POST"])
def cancel(request: Request, pk: UUID) -> Response:
    """Hand in nothing more of it. What was handed in stays; of a batch that has ended nothing changes."""
    batches.cancel(actor_of(request), batch=_own(request, pk))
    return _whole(request, pk)


def _taken(request: Request) -> Response:
    told, sent = particulars_of(request, BatchParticularsShape)
    files, archive = request.FILES.getlist("files"), request.FILES.get("archive")
    if files and archive:
        raise Refused("no_file", "Send files in the field 'files', or one ZIP in the field 'archive', not both.")
    content = [*files, *([archive] if archive else [])]
    turn = turn_of(request, lambda: {"files": [digest_of(file) for file in content], **sent})
    if isinstance(turn, OnceKey):
        return _whole(request, made(turn.batch).pk, status=202, again=True)
    with ExitStack() as stack, with_turn(turn):
        sources = _of_archive(archive, stack) if archive else map(_of_file, files)
        settle = (lambda batch: turn.settle(batch=batch)) if turn else None
        actor, owner = actor_of(request), person_of(request)
        taken = batches.take_in(actor, owner=owner, sources=sources, told=Particulars(**told), settle=settle)
    return _whole(request, taken.pk, status=202)


def _of_file(file: "UploadedFile[bytes]") -> Source:
    if isinstance(file, TooLargeFile) or (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        return Source(file.name or "", refusal=refused(too_large(limits())))
    return Source(file.name or "", file.chunks())


def _of_archive(file: "UploadedFile[bytes]", stack: ExitStack) -> Iterator[Source]:
    if isinstance(file, TooLargeFile):
        raise Refused("batch_too_large", f"A batch holds at most {settings.MAX_BATCH_BYTES / 1e6:g} MB.")
    opened = stack.enter_context(unpacking.opened(file, settings.MAX_BATCH_FILES))
    for member in unpacking.members(opened, settings.MAX_BATCH_FILES):
        yield Source(member.name, unpacking.pieces(opened, member, settings.MAX_UPLOAD_BYTES), member.refusal)


def _whole(request: Request, pk: UUID, status: int = 200, again: bool = False) -> Response:
    found = _own(request, pk)
    body = _of(request, found) | {"items": _items(request, found)}
    headers = {} if found.finished_at else {"Retry-After": str(_SOON)}
    headers |= {"Location": body["links"]["api"]} if status == 202 else {}
    headers |= {"Idempotency-Replayed": "true"} if again else {}
    return Response(body, status=status, headers=headers)


def _of(request: Request, batch: Any) -> dict[str, Any]:
    counts = {name: getattr(batch, f"n_{name}") for name in ("total", *ItemState.values)}
    open_ones = counts["queued"] + counts["running"]
    api = base_of(request) + reverse("api:batch", args=[batch.pk])
    return {
        "id": str(batch.pk),
        "state": batch.state,
        "external_id": batch.external_id or None,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
        "counts": counts,
        "progress": round(1 - open_ones / counts["total"], 4) if counts["total"] else 1.0,
        "links": {"api": api, "cancel": f"{api}cancel/"},
    }


def _items(request: Request, batch: Batch) -> list[dict[str, Any]]:
    rows = batch.items.all()
    if wanted := one_of(request, "item", ItemState.values):
        rows = rows.filter(state=wanted)
    mine = Upload.objects.filter(batch_items__batch=batch)
    shown = dict(mine.order_by().values_list("pk", "shown_label"))
    base = base_of(request)
    return [
        {
            "position": item.position,
            "name": item.name,
            "state": item.state,
            "upload": str(item.upload_id) if item.upload_id else None,
            "verdict": shown.get(item.upload_id) or None,
            "api": base + reverse("api:upload-detail", args=[item.upload_id]) if item.upload_id else None,
            "error": {"code": item.error_code, "detail": item.error_detail} if item.error_code else None,
        }
        for item in rows
    ]


def _own(request: Request, pk: UUID) -> Any:
    return get_object_or_404(batches.counted(Batch.objects.of(request.user)), pk=pk)
