"""The API's doors of acts on many uploads: what the history does with those that are ticked, with a result for each."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests import actor_of, base_of
from accounts.roles import Someone, can_delete, can_label, can_put_into_case, owns
from detector import asked_for, bulk, case_items, listing, responses, tags
from detector.api_shapes import ErrorShape
from detector.case_api import read
from detector.models import Upload

Act = Callable[[list[Upload]], Collection[UUID]]
May = Callable[[Someone, Upload], bool]
ACTS = [(name, name) for name in ("delete", "analyse", "tag", "add_to_case")]
RESULTS = [(name, name) for name in bulk.RESULTS]
_ERRORS = dict.fromkeys((400, 401, 403, 404), ErrorShape)
_FILES = {(200, "text/csv"): OpenApiTypes.BINARY, (200, "application/x-ndjson"): OpenApiTypes.BINARY}


class IdsShape(serializers.Serializer[None]):
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=bulk.AT_ONCE)


class BulkRequestShape(IdsShape):
    act = serializers.ChoiceField(choices=ACTS)
    add = serializers.ListField(child=serializers.CharField(), required=False, help_text="Tags, for `tag`.")
    remove = serializers.ListField(child=serializers.CharField(), required=False, help_text="Tags, for `tag`.")
    case = serializers.UUIDField(required=False, help_text="For `add_to_case`.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["act"] == "tag" and not (given.get("add") or given.get("remove")):
            raise serializers.ValidationError({"add": ["Write at least one tag to add, or to remove."]})
        if given["act"] == "add_to_case" and "case" not in given:
            raise serializers.ValidationError({"case": ["Say which case."]})
        return given


class ExportRequestShape(IdsShape):
    form = serializers.ChoiceField(choices=[(name, name) for name in listing.MIMES])


class OutcomeShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    result = serializers.ChoiceField(choices=RESULTS)


class OutcomesShape(serializers.Serializer[None]):
    results = OutcomeShape(many=True)


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="uploads_bulk",
    request=BulkRequestShape,
    responses={200: OutcomesShape, 409: ErrorShape, 503: ErrorShape} | _ERRORS,
)
@api_view(["POST"])
def act(request: Request) -> Response:
    """Delete, analyse again, tag, or put into a case: at most 200 uploads, each with what became of it.

    What you may not do to one of them keeps the others from nothing.
    """
    given = read(BulkRequestShape, request)
    may, act = _chosen(request, given)
    outcomes = bulk.each(actor_of(request), ids=given["ids"], may=may, act=act)
    return Response({"results": [{"id": str(one.pk), "result": one.result} for one in outcomes]})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="uploads_export", request=ExportRequestShape, responses=_FILES | _ERRORS
)
@api_view(["POST"])
def export(request: Request) -> HttpResponseBase:
    """These uploads as a table (`csv`) or as full reports (`jsonl`), as you may read them."""
    given = read(ExportRequestShape, request)
    rows: Any = Upload.objects
    found, form = rows.visible_to(request.user).filter(pk__in=given["ids"]), given["form"]
    if found.count() != len(set(given["ids"])):
        raise Http404
    pieces = listing.export(actor_of(request), rows=found, form=form, base=base_of(request), filters=["ids"])
    return responses.saved(f"uploads.{form}", listing.MIMES[form], (piece.encode() for piece in pieces))


def _chosen(request: Request, given: dict[str, Any]) -> tuple[May, Act]:
    """Who may do it to an upload, and how it is done to many: as single acts have it."""
    actor = actor_of(request)
    if given["act"] == "add_to_case":
        case = asked_for.case(request, given["case"])
        return (
            lambda user, one: can_put_into_case(user, case.membership, one),
            lambda uploads: [one.pk for one in case_items.add(actor, case=case, uploads=uploads)],
        )
    if given["act"] == "tag":
        return can_label, partial(_tag, actor, given)
    if given["act"] == "delete":
        return can_delete, lambda uploads: bulk.delete(actor, uploads=uploads)
    return owns, lambda uploads: bulk.analyse_again(actor, uploads=uploads)


def _tag(actor: Any, given: dict[str, Any], uploads: list[Upload]) -> Collection[UUID]:
    return tags.change(actor, uploads=uploads, given=given.get("add", []), taken=given.get("remove", []))
