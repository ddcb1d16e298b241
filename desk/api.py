"""The desk for programs: the queue and its decisions. For moderators' tokens."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from accounts.api_auth import ModeratorsOnly
from accounts.models import User
from accounts.query_values import page_number
from accounts.requests import actor_of, base_of
from accounts.roles import moderators
from desk import api_shapes as shapes
from desk import deciding, filters, queue, tags
from desk.api_answers import of_item, of_review, page_of
from desk.models import ItemState, QueueItem, Reason
from detector import review
from detector.api_shapes import ErrorShape
from detector.errors import Refused
from detector.models import Decision, Review, Upload

_SIZE = 50
_ERRORS = {401: ErrorShape, 403: ErrorShape}
_NOT_FOUND = _ERRORS | {404: ErrorShape}
_REFUSED = _NOT_FOUND | {400: ErrorShape, 409: ErrorShape}
_ID = OpenApiParameter("id", OpenApiTypes.INT64, OpenApiParameter.PATH)
_PAGE = OpenApiParameter("page", {"type": "integer", "minimum": 1, "maximum": 999_999_999})
_QUEUE_FILTERS = [
    OpenApiParameter("state", enum=ItemState.values, description="Open ones, if it is not given."),
    OpenApiParameter("reason", enum=Reason.values),
    OpenApiParameter("age", enum=list(filters.AGES), description="Waiting for more than that."),
    OpenApiParameter("assignee", description="A username, or `nobody`."),
    OpenApiParameter("tag", description="Somebody gave this tag to its upload."),
]
_REVIEW_FILTERS = [
    OpenApiParameter("upload", OpenApiTypes.UUID),
    OpenApiParameter("reviewer", description="A username."),
    OpenApiParameter("decision", enum=Decision.values),
    OpenApiParameter("tag"),
]


@extend_schema_view(
    list=extend_schema(
        parameters=[*_QUEUE_FILTERS, _PAGE], responses={200: shapes.ItemPageShape, 400: ErrorShape} | _ERRORS
    ),
    create=extend_schema(request=shapes.PutShape, responses={201: shapes.ItemShape} | _REFUSED),
    retrieve=extend_schema(parameters=[_ID], responses={200: shapes.ItemShape} | _NOT_FOUND),
    next=extend_schema(
        request=shapes.NextShape,
        parameters=_QUEUE_FILTERS,
        responses={200: shapes.ItemShape, 204: None} | _REFUSED,
        filters=False,
    ),
    claim=extend_schema(parameters=[_ID], request=None, responses={200: shapes.ItemShape} | _REFUSED),
    release=extend_schema(parameters=[_ID], request=None, responses={200: shapes.ItemShape} | _REFUSED),
    assign=extend_schema(parameters=[_ID], request=shapes.AssignShape, responses={200: shapes.ItemShape} | _REFUSED),
    withdraw=extend_schema(parameters=[_ID], request=None, responses={200: shapes.ItemShape} | _REFUSED),
    decide=extend_schema(
        parameters=[_ID], request=shapes.DecideShape, responses={201: shapes.OneReviewShape} | _REFUSED
    ),
)
class QueueViewSet(ViewSet):
    """What waits for a person's eyes. Claim, look, decide."""

    permission_classes = [ModeratorsOnly]
    lookup_value_converter = "int"

    def list(self, request: Request) -> Response:
        rows = _narrowed(request).for_pages().order_by("created_at", "pk")
        page = Paginator(rows, _SIZE).get_page(page_number(request))
        return Response(page_of(request, page, [of_item(row, base_of(request)) for row in page.object_list]))

    def create(self, request: Request) -> Response:
        """Put an upload into the queue, or learn its place there."""
        sent = _sent(request, shapes.PutShape)
        upload = get_object_or_404(Upload, pk=sent["upload"])
        item = queue.put(actor_of(request), upload=upload, assigned_to=_person(sent.get("assigned_to")))
        return Response(of_item(item, base_of(request)), status=201)

    def retrieve(self, request: Request, pk: int) -> Response:
        return _answer(request, pk)

    @action(detail=False, methods=["post"])
    def next(self, request: Request) -> Response:
        """Claim the oldest image that you may review and that nobody holds, you included; 204 when there is none."""
        after = _sent(request, shapes.NextShape).get("after")
        behind = _item(after) if after else None
        found = queue.take_next(actor_of(request), among=_narrowed(request), after=behind, fresh=True)
        return _answer(request, found.pk) if found else Response(status=204)

    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: int) -> Response:
        """Take this image, or hold on to it for longer."""
        queue.claim(actor_of(request), item=_item(pk))
        return _answer(request, pk)

    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: int) -> Response:
        """Give it back without a decision."""
        queue.release(actor_of(request), item=_item(pk))
        return _answer(request, pk)

    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: int) -> Response:
        """Keep it for one moderator, or for nobody."""
        person = _person(_sent(request, shapes.AssignShape)["assigned_to"])
        queue.assign(actor_of(request), item=_item(pk), person=person)
        return _answer(request, pk)

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take it out of the queue undecided, unless its owner disputes the verdict."""
        queue.withdraw(actor_of(request), item=_item(pk))
        return _answer(request, pk)

    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: int) -> Response:
        """Decide it: what you hold, or what nobody holds."""
        sent = _sent(request, shapes.DecideShape)
        made = deciding.decide(actor_of(request), item=_item(pk), **sent)
        return Response(of_review(made), status=201)


@extend_schema_view(
    list=extend_schema(
        parameters=[*_REVIEW_FILTERS, _PAGE], responses={200: shapes.ReviewPageShape, 400: ErrorShape} | _ERRORS
    ),
    retrieve=extend_schema(parameters=[_ID], responses={200: shapes.OneReviewShape} | _NOT_FOUND),
    undo=extend_schema(parameters=[_ID], request=None, responses={200: shapes.OneReviewShape} | _REFUSED),
    second=extend_schema(parameters=[_ID], request=None, responses={201: shapes.ItemShape} | _REFUSED),
)
class ReviewViewSet(ViewSet):
    """What people decided, newest first; those that were taken back among them."""

    permission_classes = [ModeratorsOnly]
    lookup_value_converter = "int"

    def list(self, request: Request) -> Response:
        rows = _reviews(request.query_params).select_related("reviewer").order_by("-pk")
        page = Paginator(rows, _SIZE).get_page(page_number(request))
        return Response(page_of(request, page, [of_review(row) for row in page.object_list]))

    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(of_review(_review(pk)))

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Take a decision back while its undo period lasts; its image waits again."""
        review.undo(actor_of(request), review=_review(pk))
        return Response(of_review(_review(pk)))

    @action(detail=True, methods=["post"])
    def second(self, request: Request, pk: int) -> Response:
        """Ask for a second opinion, which another person gives."""
        item = queue.ask_for_second(actor_of(request), first=_review(pk))
        return Response(of_item(item, base_of(request)), status=201)


def _reviews(asked: Any) -> Any:
    """Raises ValidationError for an upload that is no id and for a decision that nobody can make."""
    if any("\x00" in value for value in asked.values()):  # PostgreSQL knows no such character
        raise ValidationError({"": ["A filter holds a character that no text has."]})
    rows = tags.given(asked["tag"]) if asked.get("tag") else Review.objects.all()
    try:
        rows = rows.filter(upload=UUID(asked["upload"])) if asked.get("upload") else rows
    except ValueError:
        raise ValidationError({"upload": ["This is no id."]}) from None
    if asked.get("decision", "authentic") not in Decision.values:
        raise ValidationError({"decision": ["Choose one of these: " + ", ".join(Decision.values)]})
    rows = rows.filter(decision=asked["decision"]) if asked.get("decision") else rows
    return rows.filter(reviewer__username=asked["reviewer"]) if asked.get("reviewer") else rows


def _narrowed(request: Request) -> Any:
    chosen = filters.chosen(request.query_params)
    if not chosen.is_valid():
        raise ValidationError(chosen.errors)
    return chosen.qs


def _sent(request: Request, shape: type[Serializer[Any]]) -> dict[str, Any]:
    read = shape(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _person(name: str | None) -> User | None:
    if name is None:
        return None
    found = moderators().filter(username=name).first()
    if found is None:
        raise Refused("invalid_assignee", "Only moderators can review. Choose one of them.")
    return found


def _item(pk: int) -> QueueItem:
    rows = QueueItem.objects.select_related(
        "upload__owner", "assigned_to", "claimed_by", "second_to", "review__reviewer"
    )
    found: QueueItem = get_object_or_404(rows, pk=pk)
    return found


def _review(pk: int) -> Review:
    return get_object_or_404(Review.objects.select_related("upload", "reviewer"), pk=pk)


def _answer(request: Request, pk: int) -> Response:
    return Response(of_item(_item(pk), base_of(request)))
