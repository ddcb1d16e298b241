"""The API's doors to one's own data: consent, retention, export, erasure."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import confirming, consent
from accounts.error_shapes import ErrorShape
from accounts.models import Purpose, User
from accounts.requests import actor_of, person_of
from accounts.roles import can_delete, can_keep, is_administrator
from detector.models import Upload
from privacy import api_shapes as shapes
from privacy import erasing, exporting, keeping, periods
from privacy.erasure_views import archive_of
from privacy.models import Erasure, Kept, Kind, Progress, Retention

_ERRORS = dict.fromkeys((400, 401, 403), ErrorShape)
_NOT_FOUND = _ERRORS | {404: ErrorShape}
_BUSY = _NOT_FOUND | dict.fromkeys((409, 429), ErrorShape)
_PURPOSE = OpenApiParameter("purpose", str, OpenApiParameter.PATH, enum=Purpose.values)


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"],
    operation_id="consent_read",
    parameters=[_PURPOSE],
    responses={200: shapes.ConsentShape} | _NOT_FOUND,
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PUT"], operation_id="consent_give", parameters=[_PURPOSE], request=None,
    responses={200: shapes.ConsentShape} | _NOT_FOUND,
)  # fmt: skip
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"], operation_id="consent_withdraw", parameters=[_PURPOSE], responses={204: None} | _NOT_FOUND
)
@api_view(["GET", "PUT", "DELETE"])
def consents(request: Request, purpose: str) -> Response:
    """What you agree to: read it, agree to the text as it is now, withdraw."""
    if purpose not in Purpose.values:
        raise Http404
    person = person_of(request)
    if request.method == "PUT":
        consent.give(actor_of(request), person=person, purpose=purpose)
    if request.method == "DELETE":
        consent.withdraw(actor_of(request), person=person, purpose=purpose)
        return Response(status=204)
    standing = consent.standing(person, purpose)
    text = standing.text if standing else consent.text_of(purpose)
    given_at = standing.given_at if standing else None
    return Response({"purpose": purpose, "given": standing is not None, "given_at": given_at, "text": text})


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="retention_read", responses={200: shapes.RetentionShape} | _ERRORS
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PUT"], operation_id="retention_choose", request=shapes.RetentionWishShape,
    responses={200: shapes.RetentionShape} | _ERRORS,
)  # fmt: skip
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"], operation_id="retention_follow_site", responses={204: None} | _ERRORS
)
@api_view(["GET", "PUT", "DELETE"])
def retention(request: Request) -> Response:
    """For how long your uploads are kept: read it, choose, follow the site's rule again."""
    person = person_of(request)
    if request.method == "PUT":
        wanted = shapes.RetentionWishShape(data=request.data)
        wanted.is_valid(raise_exception=True)
        periods.choose(actor_of(request), person=person, days=wanted.validated_data["days"])
    if request.method == "DELETE":
        periods.follow_the_site(actor_of(request), person=person)
        return Response(status=204)
    return Response(_retention(person))


def _retention(person: User) -> dict[str, Any]:
    own, site = Retention.objects.filter(person=person).first(), settings.RETENTION_DAYS or None
    return {
        "own": own is not None,
        "days": own.days if own else site,
        "site_days": site,
        "notice_days": settings.RETENTION_NOTICE_DAYS,
    }


@extend_schema(  # type: ignore[untyped-decorator]
    methods=["PUT"], operation_id="upload_keep", request=shapes.KeepWishShape,
    responses={200: shapes.KeptShape} | _NOT_FOUND,
)  # fmt: skip
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["GET"], operation_id="upload_kept", responses={200: shapes.KeptShape} | _NOT_FOUND
)
@extend_schema(  # type: ignore[untyped-decorator]
    methods=["DELETE"], operation_id="upload_let_go", responses={200: shapes.KeptShape} | _NOT_FOUND
)
@api_view(["GET", "PUT", "DELETE"])
def keep(request: Request, pk: UUID) -> Response:
    """“Keep this one”: whatever the retention periods say, it stays until somebody deletes it."""
    found = _visible(request, pk)
    if not can_keep(request.user, found):
        raise Http404
    if request.method == "PUT":
        wanted = shapes.KeepWishShape(data=request.data)
        wanted.is_valid(raise_exception=True)
        keeping.keep(actor_of(request), upload=found, reason=wanted.validated_data.get("reason", ""))
    if request.method == "DELETE":
        keeping.let_go(actor_of(request), upload=found)
    upload = periods.with_rules(Upload.objects.filter(pk=pk)).get()
    until = periods.until(upload)
    kept = Kept.objects.filter(upload=upload).exists()
    return Response({"upload": str(pk), "kept": kept, "until": None if until == periods.FOR_EVER else until})


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="data_export", responses={(200, "application/zip"): OpenApiTypes.BINARY} | _BUSY
)
@api_view(["GET"])
def export(request: Request) -> HttpResponseBase:
    """All of your data as a ZIP, sent while it is made."""
    person = person_of(request)
    exporting.begin(actor_of(request), person=person)
    return archive_of(person)


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="upload_erase", request=shapes.PasswordShape, responses={202: shapes.ErasureShape} | _BUSY
)
@api_view(["POST"])
def erase_upload(request: Request, pk: UUID) -> Response:
    """Erase one upload with all of its traces, and have it proved."""
    found = _visible(request, pk)
    if not can_delete(request.user, found):
        raise Http404
    _confirm(request)
    return _begun(request, erasing.erase_upload(actor_of(request), upload=found))


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="account_erase", request=shapes.PasswordShape, responses={202: shapes.ErasureShape} | _BUSY
)
@api_view(["POST"])
def erase_account(request: Request) -> Response:
    """Erase your account with everything that belongs to it. This token is refused from then on."""
    _confirm(request)
    return _begun(request, erasing.erase_account(actor_of(request), person=person_of(request)))


@extend_schema(operation_id="erasure_read", responses={200: shapes.ErasureShape} | _NOT_FOUND)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def erasure(request: Request, pk: UUID) -> Response:
    """How far an erasure is; yours, or any for administrators."""
    return Response(_told(request, _own(request, pk)))


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="erasure_certificate", responses={(200, "application/json"): OpenApiTypes.OBJECT} | _NOT_FOUND
)
@api_view(["GET"])
def certificate(request: Request, pk: UUID) -> HttpResponse:
    """The signed certificate, byte for byte, once the erasure is done."""
    found = _own(request, pk)
    if found.state != Progress.DONE:
        raise Http404
    return HttpResponse(found.certificate, content_type="application/json")


def _confirm(request: Request) -> None:
    wanted = shapes.PasswordShape(data=request.data)
    wanted.is_valid(raise_exception=True)
    confirming.confirm(person_of(request), wanted.validated_data["password"])


def _begun(request: Request, erasure: Erasure) -> Response:
    erasure.refresh_from_db()
    return Response(_told(request, erasure), status=202)


def _told(request: Request, erasure: Erasure) -> dict[str, Any]:
    done = erasure.state == Progress.DONE
    address = request.build_absolute_uri(reverse("privacy:certificate", args=[erasure.pk])) if done else None
    names = ("kind", "subject", "state", "step", "asked_at", "finished_at", "proven")
    told = {"id": str(erasure.pk)} | {name: getattr(erasure, name) for name in names}
    return told | {"steps": len(erasing.STEPS[Kind(erasure.kind)]), "certificate": address}


def _own(request: Request, pk: UUID) -> Erasure:
    rows = (
        Erasure.objects.all()
        if is_administrator(request.user)
        else Erasure.objects.filter(person=person_of(request).pk)
    )
    return get_object_or_404(rows, pk=pk)


def _visible(request: Request, pk: UUID) -> Upload:
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=pk)
    return found
