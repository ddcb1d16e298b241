"""What a client does, step by step, without doing it: both clients, with and without asyncio, walk the same steps.

A generator yields a `Call` and is sent what became of it, or a `Sleep` and is sent None.
"""

import hashlib
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import httpx

from fakedetect_client import calls, sources
from fakedetect_client.answers import ReportCheck
from fakedetect_client.calls import Call
from fakedetect_client.errors import (
    AnalysisFailed,
    ApiError,
    FakeDetectError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    kind_of,
)
from fakedetect_client.results import Result
from fakedetect_client.retries import Outcome, Retries, retry_after
from fakedetect_client.sources import Image, Source, opened

T = TypeVar("T")

PATIENCE = 120.0  # seconds for which a verdict is waited for, where nobody says otherwise
_KEPT_BACK = 20  # seconds that the site may keep its answer back
_OWN = ("name", "idempotency_key", "direct")  # what is told to the client, not to the site
_SOON, _LATE = 0.25, 5.0  # seconds between two questions, at first and in the end


@dataclass(frozen=True, slots=True)
class Sleep:
    seconds: float


class Told(TypedDict, total=False):
    """What may be said of an image that is handed in. `case`, an id: it is put in there. `callback_url`: told once,
    when nothing changes any more. `idempotency_key`: the same for the same act, made up where there is none."""

    name: str
    tags: Sequence[str]
    external_id: str
    case: str
    callback_url: str
    idempotency_key: str
    direct: bool  # send the bytes to the site's store, past the site; where there is none, the site says so


Step = Call[Any] | Sleep
Steps = Generator[Step, Any, T]


def ask(call: Call[T], retries: Retries) -> Steps[T]:
    """One call, made again as long as that can help."""
    attempts = 0
    while True:
        outcome: Outcome = yield call
        attempts += 1
        pause = retries.pause(call, outcome, attempts)
        if pause is None:
            return _read(call, outcome)
        yield Sleep(pause)


def upload(source: Source, told: Told, retries: Retries, *, wait: int = 0) -> Steps[Result]:
    """Every attempt carries the same key."""
    key = told.get("idempotency_key") or str(uuid.uuid4())
    fields = {name: value for name, value in told.items() if value and name not in _OWN}
    with opened(source, told.get("name")) as image:
        if told.get("direct"):
            return (yield from _direct(image, key, fields, wait, retries))
        return (yield from ask(calls.upload(image, key, fields, wait), retries))


def _direct(image: Image, key: str, fields: Mapping[str, Any], wait: int, retries: Retries) -> Steps[Result]:
    """Announce, send, complete. The bytes are read whole: their digest is signed before the first of them is sent."""
    data = sources.whole(image)
    digest, kind = hashlib.sha256(data).hexdigest(), sources.kind_of(data)
    ticket = yield from ask(calls.announce(image.name, len(data), digest, kind), retries)
    yield from ask(calls.send(ticket, data), retries)
    return (yield from ask(calls.complete(ticket, key, fields, wait), retries))


def verify_report(source: Source, retries: Retries) -> Steps[ReportCheck]:
    with opened(source) as file:
        return (yield from ask(calls.verify_report(file), retries))


def wait(upload_id: str, seconds: float, ledger: bool, retries: Retries, began: float | None = None) -> Steps[Result]:
    """Ask until there is a verdict, or until all of the evidence is there."""
    end, pause = (began or time.monotonic()) + seconds, _SOON
    while True:
        left = max(0.0, end - time.monotonic())
        result = yield from ask(calls.get(upload_id, int(min(left, _KEPT_BACK))), retries)
        if result.ledger_is_over if ledger else result.is_over:
            return result
        left = end - time.monotonic()
        if left <= 0:
            raise TimedOut(upload_id, seconds)
        yield Sleep(min(pause, left))
        pause = min(_LATE, pause * 1.6)


def check(source: Source, told: Told, seconds: float, ledger: bool, retries: Retries) -> Steps[Result]:
    """Upload, wait, and take no failure for an answer. The site may keep its answer back a while: that saves asking."""
    began = time.monotonic()
    result = yield from upload(source, told, retries, wait=int(min(seconds, _KEPT_BACK)))
    if not (result.ledger_is_over if ledger else result.is_over):
        result = yield from wait(result.id, seconds, ledger, retries, began)
    if result.status == "failed":
        error = result.error
        raise AnalysisFailed(result.id, error.code if error else "", error.detail if error else "It failed.")
    return result


def _read(call: Call[T], outcome: Outcome) -> T:
    if isinstance(outcome, httpx.TransportError):
        raise _unreachable(outcome) from outcome
    if outcome.is_success:
        return call.read(outcome)
    if call.elsewhere:
        raise UnexpectedAnswer(f"The store did not take the file: it answered {outcome.status_code}.")
    raise _refused(outcome)


def _unreachable(error: httpx.TransportError) -> FakeDetectError:
    what = str(error).rstrip(".") or type(error).__name__
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return Unreachable(f"The site cannot be reached: {what}.")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable("The site did not answer in time.")
    return Unreachable(f"The connection broke off: {what}.")


def _refused(response: httpx.Response) -> FakeDetectError:
    """The one shape of errors, or what can be said of anything else that answered."""
    status, told = response.status_code, calls.error_of(response)
    if response.is_redirect:
        return UnexpectedAnswer(f"The site sends on to {response.headers.get('Location')}: use that address instead.")
    if not told and not (status == 429 or status >= 500):
        return UnexpectedAnswer(f"The answer ({status}) is not FakeDetect's. Is the address right?")
    fields = told.get("fields")
    return _error(
        status,
        code=str(told.get("code", "")),
        detail=str(told.get("detail") or f"The site answered {status} {response.reason_phrase}."),
        fields=fields if isinstance(fields, Mapping) else None,
        request_id=response.headers.get("X-Request-ID", ""),
        retry_after=retry_after(response),
    )


def _error(status: int, **told: Any) -> ApiError:
    return kind_of(status)(status, **told)
