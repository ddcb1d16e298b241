"""What a service refuses becomes a page with its sentence, from whichever view it was called."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.errors import Refused
from accounts.requests import with_headers
from detector.errors import UNREADY, NoModel, unready


class RefusalMiddleware:
    """The pages' counterpart of api_errors.handle."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, UNREADY):
            error = unready(error)
        if isinstance(error, Refused):
            return with_headers(_page(request, error.status, error.detail), error.headers)
        if isinstance(error, NoModel):
            return _page(request, 503, str(error))
        return None


def _page(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    return render(request, "error.html", {"status": status, "detail": detail}, status=status)
