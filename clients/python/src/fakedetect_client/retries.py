"""When a call is made again, and after how long: with jitter, so that many clients do not come back all at once."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from fakedetect_client.calls import Call, code_of

Outcome = httpx.Response | httpx.TransportError  # what became of one attempt

_BUSY = frozenset({429, 502, 503, 504})
_UNDER_WAY = "idempotency_key_in_use"  # 409: an earlier attempt is still at work
_LASTING = frozenset({"no_model", "no_report_key"})  # 503 until somebody mends the site
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_PASSING = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` in all; the pauses double from `first` to `longest` seconds. A site that asks for a pause longer than
    `patience` is not waited for: the caller is told instead."""

    attempts: int = 5
    first: float = 0.5
    longest: float = 20.0
    patience: float = 60.0

    def pause(self, call: Call[object], outcome: Outcome, attempt: int) -> float | None:
        """For how many seconds to wait before the next attempt. None: this was the last."""
        if attempt >= self.attempts or not _worth_it(call, outcome):
            return None
        asked = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        if asked is not None and asked > self.patience:
            return None
        grown: float = min(self.longest, self.first * 2.0 ** (attempt - 1))
        return (asked or 0.0) + grown * random.uniform(0.5, 1.0)  # noqa: S311 (jitter, no secret)


def retry_after(response: httpx.Response) -> float | None:
    """The header of this name, which holds seconds or a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None


def _worth_it(call: Call[object], outcome: Outcome) -> bool:
    """What may have been done already is done again only where that makes no difference."""
    if isinstance(outcome, httpx.TransportError):
        if "CERTIFICATE" in str(outcome):
            return False
        return isinstance(outcome, _PASSING if call.repeatable else _NEVER_SENT)
    if not call.repeatable:
        return outcome.status_code == 429
    if outcome.status_code == 409:
        return code_of(outcome) == _UNDER_WAY
    return outcome.status_code in _BUSY and code_of(outcome) not in _LASTING
