"""What can go wrong, each with a sentence for people; what the site refused also with its code and request id."""

from collections.abc import Mapping
from typing import Any


class FakeDetectError(Exception):
    """Everything that this package raises on its own account."""


class ConfigError(FakeDetectError):
    """No address, no token, or a configuration file that cannot be used."""


class InvalidSource(FakeDetectError):
    """What was given to be checked cannot be read."""


class Unreachable(FakeDetectError):
    """The site did not answer, after every attempt."""


class UnexpectedAnswer(FakeDetectError):
    """Something answered, and not as a FakeDetect site does."""


class TimedOut(FakeDetectError):
    """The site has the image and had no answer yet when the waiting was over."""

    def __init__(self, upload_id: str, seconds: float) -> None:
        super().__init__(f"There was no answer within {seconds:g} seconds. It goes on: ask for {upload_id} later.")
        self.upload_id = upload_id


class AnalysisFailed(FakeDetectError):
    """The site took the image and could not analyse it."""

    def __init__(self, upload_id: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.upload_id, self.code, self.detail = upload_id, code, detail


class ApiError(FakeDetectError):
    """What the site refused, in the one shape of its errors."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Mapping[str, Any] | None = None,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(_sentence(detail, fields))
        self.status, self.code, self.detail = status, code, detail
        self.fields = dict(fields or {})
        self.request_id = request_id
        self.retry_after = retry_after


class NotAuthenticated(ApiError):
    """401: the token is missing, unknown, expired or revoked."""


class Forbidden(ApiError):
    """403: this token may not do that."""


class NotFound(ApiError):
    """404: it is not there, or not yours."""


class Conflict(ApiError):
    """409: not now, or not any more."""


class Rejected(ApiError):
    """Any other refusal of what was sent: a file that is no image, is cut off or too large, a field that is wrong."""


class RateLimited(ApiError):
    """429: too much at once. `retry_after` says for how many seconds, where the site told it."""


class ServerError(ApiError):
    """5xx: the site could not answer. Tell its operator the `request_id`."""


_KINDS: dict[int, type[ApiError]] = {
    401: NotAuthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}


def kind_of(status: int) -> type[ApiError]:
    if status >= 500:
        return ServerError
    return _KINDS.get(status, Rejected)


def _sentence(detail: str, fields: Mapping[str, Any] | None) -> str:
    """The detail, and of each field what is wrong with it."""
    parts = [f"{name}: {_joined(problem)}" if name else _joined(problem) for name, problem in (fields or {}).items()]
    return " ".join([detail, *parts])


def _joined(problem: Any) -> str:
    return " ".join(map(str, problem)) if isinstance(problem, list) else str(problem)
