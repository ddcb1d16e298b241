"""The API's doors of what lies in a case and who works on it."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.requests import actor_of, base_of, person_of
from detector import api_shapes, asked_for, case_items, case_members, case_notes, case_reading, paging, report
from detector import case_api_shapes as shapes
from detector.case_api import CHANGED, CURSOR, NOT_FOUND, VERDICT, paged, read, verdict_of
from detector.models import CaseMember, CaseNote, Upload

_BEFORE = OpenApiParameter("before", OpenApiTypes.INT, description="From `next`.")


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="case_members_create",
    request=shapes.MemberRequestShape,
    responses={201: shapes.MemberShape} | CHANGED,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="case_members_list", responses={200: shapes.MemberShape(many=True)} | NOT_FOUND
)
@api_view(["GET", "POST"])
def members(request: Request, pk: UUID) -> Response:
    """Who works on a case, owners first. Owners add people by their username; they are told."""
    found = asked_for.case(request, pk)
    if request.method == "POST":
        data = read(shapes.MemberRequestShape, request)
        return Response(_member(case_members.add(actor_of(request), case=found, **data)), status=201)
    return Response([_member(one) for one in case_reading.members_of(found)])


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"], operation_id="case_members_destroy", responses={204: None} | CHANGED
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PATCH"],
    operation_id="case_members_update",
    request=shapes.RoleShape,
    responses={200: shapes.MemberShape} | CHANGED,
)
@api_view(["PATCH", "DELETE"])
def member(request: Request, pk: UUID, username: str) -> Response:
    """Give a member another role, or remove them; who removes themselves leaves."""
    found, actor = asked_for.case(request, pk), actor_of(request)
    person = _named(found, username).user
    if request.method == "PATCH":
        role = read(shapes.RoleShape, request)["role"]
        return Response(_member(case_members.change_role(actor, case=found, person=person, role=role)))
    if person == person_of(request):
        case_members.leave(actor, case=found)
    else:
        case_members.remove(actor, case=found, person=person)
    return Response(status=204)


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="case_items_create",
    request=shapes.ItemsRequestShape,
    responses={200: shapes.ItemsAddedShape} | CHANGED,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"],
    operation_id="case_items_list",
    parameters=[VERDICT, CURSOR],
    responses={200: api_shapes.PageShape} | NOT_FOUND,
)
@api_view(["GET", "POST"])
def items(request: Request, pk: UUID) -> Response:
    """The uploads of a case, newest first. Editors put their own in, moderators who edit it any."""
    found = asked_for.case(request, pk)
    if request.method == "POST":
        wanted = set(read(shapes.ItemsRequestShape, request)["uploads"])
        uploads = list(Upload.objects.visible_to(request.user).filter(pk__in=wanted))
        if len(uploads) != len(wanted):
            raise Http404
        added = case_items.add(actor_of(request), case=found, uploads=uploads)
        return Response({"added": [str(one.pk) for one in added]})
    rows = case_reading.uploads_of(found, verdict_of(request)).with_verdicts()
    page = paging.page(rows, request.query_params.get("cursor", ""))
    base = base_of(request)
    return Response(paged(request, page, [report.of_upload(one, base=base, reader=request.user) for one in page.items]))


@extend_schema(operation_id="case_items_destroy", responses={204: None} | CHANGED)  # type: ignore[untyped-decorator]
@api_view(["DELETE"])
def item(request: Request, pk: UUID, upload: UUID) -> Response:
    """Take an upload out of a case: as an editor of the case, or as the owner of the upload."""
    chosen = get_object_or_404(Upload.objects.visible_to(request.user), pk=upload)
    found = case_reading.reachable(pk, [chosen], request.user)
    if found is None or not case_items.remove(actor_of(request), case=found, uploads=[chosen]):
        raise Http404
    return Response(status=204)


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["POST"],
    operation_id="case_notes_create",
    request=shapes.NoteRequestShape,
    responses={201: shapes.NoteShape} | CHANGED,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"],
    operation_id="case_notes_list",
    parameters=[_BEFORE],
    responses={200: shapes.NotePageShape} | NOT_FOUND,
)
@api_view(["GET", "POST"])
def notes(request: Request, pk: UUID) -> Response:
    """The notes of a case, newest first. Editors write them."""
    found = asked_for.case(request, pk)
    if request.method == "POST":
        return Response(_written(request, found), status=201)
    shown = case_reading.notes_of(found, before=_key(request.query_params.get("before", "")))
    more = len(shown) == case_reading.NOTES and found.notes.filter(pk__lt=shown[-1].pk).exists()
    following = replace_query_param(request.build_absolute_uri(), "before", shown[-1].pk) if more else None
    return Response({"next": following, "results": [_note(one) for one in shown]})


@extend_schema(operation_id="case_notes_destroy", responses={204: None} | CHANGED)  # type: ignore[untyped-decorator]
@api_view(["DELETE"])
def note(request: Request, pk: UUID, note: int) -> Response:
    """Take your own note back."""
    found = get_object_or_404(asked_for.case(request, pk).notes.select_related("case"), pk=note)
    case_notes.delete(actor_of(request), note=found)
    return Response(status=204)


def _written(request: Request, case: Any) -> dict[str, Any]:
    data = read(shapes.NoteRequestShape, request)
    wanted = data.get("upload")
    about = get_object_or_404(Upload.objects.in_case(case.pk), pk=wanted) if wanted else None
    made = case_notes.write(actor_of(request), case=case, text=data["text"], upload=about)
    return _note(made, still_here=True)


def _named(case: Any, username: str) -> CaseMember:
    for one in case_reading.members_of(case):
        if one.user.get_username().casefold() == username.casefold():
            return one
    raise Http404


def _member(member: CaseMember) -> dict[str, Any]:
    return {"username": member.user.get_username(), "role": member.role, "added_at": member.added_at}


def _note(note: CaseNote, *, still_here: bool | None = None) -> dict[str, Any]:
    told: Any = note
    here = told.still_here if still_here is None else still_here
    return {
        "id": note.pk,
        "text": note.text,
        "author": note.author.get_username() if note.author else None,
        "upload": str(note.upload_id) if note.upload_id and here else None,
        "created_at": note.created_at,
    }


def _key(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise ValidationError({"before": ["Follow the address in `next`."]})
    return int(text)
