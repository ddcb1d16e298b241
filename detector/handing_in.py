"""The API's door of `POST uploads/`: what is told of an image, the key of a request, and waiting for the verdict."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests import actor_of, base_of, person_of
from detector import api_shapes as shapes
from detector import fetching, files, happenings, intake, once, particulars, patience, report, tags
from detector.case_api import read
from detector.errors import Refused
from detector.models import Batch, Case, OnceKey, State, Upload
from detector.once import Turn
from detector.particulars import Particulars
from fakedetect_site import addresses, meters
from fakedetect_site.addresses import BadAddress

KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="A new one for each act, the same when you send it again: it is done once. Kept for 24 hours.",
)
WAIT = OpenApiParameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": patience.LONGEST},
    description="Seconds for which the answer may wait for the verdict; 202 when it is not there by then.",
)
SCHEMA = extend_schema(
    parameters=[KEY, WAIT],
    request={"multipart/form-data": shapes.UploadRequestShape, "application/json": shapes.UrlRequestShape},
    responses={201: shapes.HandedInShape, 202: shapes.HandedInShape}
    | dict.fromkeys((400, 401, 403, 404, 409, 410, 413, 415, 422, 503), shapes.ErrorShape),
)
Made = TypeVar("Made", Upload, Batch)
Submit = Callable[[Particulars], Upload]
_SOON = 2  # seconds until one may ask again


def one(request: Request) -> Response:
    """Take one image in, or answer with what the first request of this key made."""
    by_address = _is_json(request)
    told, sent = particulars_of(request, shapes.UrlRequestShape if by_address else shapes.ParticularsShape)
    file = None if by_address else request.FILES.get("image")
    return done_once(
        request,
        told,
        lambda: {"image": digest_of(file) if file else None, **sent},
        lambda particulars: _submit(request, sent.get("image_url"), file, particulars),
    )


def done_once(
    request: Request, told: dict[str, Any], same: Callable[[], Mapping[str, Any]], submit: Submit, again: bool = False
) -> Response:
    """Take an upload in by `submit`, once for the request's key, and answer with it as soon as was asked.

    `same` is what a request that is sent again has in common; `again` says that it was taken in before, key or not.
    """
    seconds, turn = wait_of(request), turn_of(request, same)
    if isinstance(turn, OnceKey):
        return _answer(request, made(turn.upload), seconds, again=True)
    settle = (lambda upload: turn.settle(upload=upload)) if turn else None
    with with_turn(turn):
        taken = submit(Particulars(**told, settle=settle))
    fresh = seconds is None and not again and not settings.ANALYZE_IN_REQUEST
    return _told(request, _unread(taken, told)) if fresh else _answer(request, taken, seconds, again)


def _submit(request: Request, url: str | None, file: Any, told: Particulars) -> Upload:
    actor, owner = actor_of(request), person_of(request)
    if url is None:
        return files.submit(actor, owner, file, told)
    with meters.upload():
        found = fetching.fetch(url)
        return intake.submit(actor, owner=owner, name=found.name, data=found.data, told=told)


def _is_json(request: Request) -> bool:
    return str(request.content_type or "").split(";")[0].strip().lower() == "application/json"


def wait_of(request: Request) -> int | None:
    """Seconds, or None where nobody asked to wait."""
    text = request.query_params.get("wait")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) > patience.LONGEST:
        raise ValidationError({"wait": [f"Write a whole number of seconds from 0 to {patience.LONGEST}."]})
    return int(text)


def retry_after(upload: Upload) -> dict[str, str]:
    """When it is worth asking again; nothing where the answer is there."""
    waits = upload.latest is None or upload.latest.state in (State.QUEUED, State.RUNNING)
    return {"Retry-After": str(_SOON)} if waits else {}


def turn_of(request: Request, told: Callable[[], Mapping[str, Any]]) -> Turn | OnceKey | None:
    """The turn of this request's key, or the key of the request that did it; None without a key.

    `told` says what this request has in common with one that is sent again. It reads the files, so it is asked late.
    """
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    actor, key = actor_of(request), once.key_of(header)
    asked = once.fingerprint({"method": request.method, "path": request.path, **told()})
    return once.begin(actor, person=person_of(request), key=key, fingerprint=asked)


@contextmanager
def with_turn(turn: Turn | None) -> Iterator[None]:
    """A key whose act was refused is free again."""
    try:
        yield
    except BaseException:
        if turn:
            turn.free()
        raise


def made(thing: Made | None) -> Made:
    """What the first request of a key made.

    Raises:
        Refused: idempotency_key_spent.
    """
    if thing is None:
        raise Refused("idempotency_key_spent", "What the first request with this key made was deleted since.")
    return thing


def particulars_of(request: Request, shape: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was told, as the service wants it, and as it was sent. The case is one that they may see."""
    sent = read(shape, request)
    case = sent.get("case")
    told = {
        "external_id": particulars.checked_id(sent.get("external_id", "")),
        "tags": tuple(tags.clean(sent.get("tags", ()))),
        "case": get_object_or_404(Case.objects.visible_to(request.user), pk=case) if case else None,
        "callback_url": _callback_url(sent.get("callback_url", "")),
    }
    return told, sent


def digest_of(file: "UploadedFile[bytes]") -> list[Any]:
    """What a file that is sent again has in common with the first."""
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return [file.name, file.size, digest.hexdigest()]


def _answer(request: Request, upload: Upload, seconds: int | None, again: bool = False) -> Response:
    ready = seconds is None or patience.answered(upload, seconds)
    found = get_object_or_404(Upload.objects.with_verdicts(), pk=upload.pk)
    headers = {"Idempotency-Replayed": "true"} if again else {}
    return _told(request, found, 201 if ready else 202, headers)


def _unread(upload: Upload, told: Mapping[str, Any]) -> Upload:
    """As it was handed in a moment ago, when nobody had said anything of it: nothing is asked of the data base."""
    known: dict[str, list[Any]] = {"analyses": [upload.latest], "reviews": []}
    vars(upload)["_prefetched_objects_cache"] = known if told.get("tags") else known | {"tags": []}
    vars(upload.latest)["_prefetched_objects_cache"] = {"findings": []}
    return upload


def _told(request: Request, upload: Upload, status: int = 201, headers: Mapping[str, str] | None = None) -> Response:
    body = report.of_upload(upload, base=base_of(request), reader=request.user, copies=True)
    body |= {"callback": _callback_of(upload)}
    return Response(body, status, headers={"Location": body["links"]["api"], **retry_after(upload), **(headers or {})})


def _callback_of(upload: Upload) -> dict[str, Any] | None:
    answers: list[tuple[Any, Any]] = happenings.callback_asked.send(Upload, upload=upload)
    return next((found for _, found in answers if found), None)


def _callback_url(url: str) -> str:
    """Checked before anything is kept: it asks the name service."""
    if url:
        try:
            addresses.resolve(addresses.parse(url), private=settings.WEBHOOKS_PRIVATE)
        except BadAddress as error:
            raise Refused("bad_address", str(error)) from None
    return url
