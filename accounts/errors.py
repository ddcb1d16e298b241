"""What any service may refuse, in one shape: a code for a machine, a sentence for a person, a status for HTTP."""

from typing import Any


class Refused(Exception):
    """A request that cannot be granted. Pages and API answer with its sentence, whichever app it comes from.

    `fields` tell a program more of it; `retry_after` are the seconds after which it may be asked again.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        status: int = 400,
        *,
        fields: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.status = code, detail, status
        self.fields, self.retry_after = fields or {}, retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Of the answer, whichever door gives it."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
