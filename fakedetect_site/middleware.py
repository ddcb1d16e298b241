"""What every request passes: an id that joins log and audit, and a bound on its body."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

request_id: ContextVar[str] = ContextVar("request_id", default="-")
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIdMiddleware:
    """Take a harmless X-Request-ID from a proxy, else make one; tell it back and put it into every log line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class BodyLimitMiddleware:
    """Refuse a body whose announced length no upload can have, before a byte of it is read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if announced.isdigit() and int(announced) > settings.MAX_BODY_BYTES:
            detail = f"The request is larger than {settings.MAX_BODY_BYTES / 1e6:g} MB."
            error = {"code": "request_too_large", "detail": detail, "fields": {}}
            return JsonResponse({"error": error}, status=413)
        return self.get_response(request)


class ApiOverTlsMiddleware:
    """Behind TLS the API refuses what came without: a redirect would hide that a token travelled in the clear."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure() or not request.path.startswith("/api/v1/"):
            return self.get_response(request)
        detail = "Ask by https. If you sent a token, others may have read it on the way: revoke it."
        return JsonResponse({"error": {"code": "https_only", "detail": detail, "fields": {}}}, status=403)


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True
