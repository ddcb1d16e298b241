"""What every request of a person passes: language and time zone of their profile, and their share of requests."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework.request import Request

from accounts import preferences, rates, refusals, session_life, spent
from accounts.api_auth import COUNTED, key_in
from accounts.errors import Refused
from accounts.models import User
from accounts.requests import actor_of, origin_of, with_headers
from fakedetect_site import languages

_READS = {"GET", "HEAD", "OPTIONS", "TRACE"}
_API = "/api/"


class PreferencesMiddleware:
    """Language and time zone of whoever is logged in. Programs are answered in one language, and in UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not languages.is_for_programs(request):
            preferences.activate(request)
        return self.get_response(request)


class SessionLifeMiddleware:
    """Ends a session that is too old, or that nobody used for too long (session_life.py)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            session_life.look(request)
        return self.get_response(request)


class PrivateMiddleware:
    """What somebody sees who is logged in is kept by no browser and no proxy, and a refusal is written down."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(request.user, User):
            response.headers.setdefault("Cache-Control", "private, no-store")
            if response.status_code == 403:
                refusals.of_permission(actor_of(request), view=_view_of(request), method=str(request.method))
        return response


def _view_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


class RateMiddleware:
    """Refuse what is too much with 429 before any view is called, and tell programs how much is left.

    Whoever is logged in, or nobody, is counted here; whose a token is, is known where it is looked up (api_auth.py).
    Pictures that pages fetch (UNCOUNTED_VIEWS) are not counted: a page is one request, with its pictures.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        context = spent.told.set([])
        try:
            response = self._answered(request)
            if request.path.startswith(_API):
                with_headers(response, spent.headers(spent.told.get() or ()))
            return response
        finally:
            spent.told.reset(context)

    def _answered(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _sends_token(request) and COUNTED not in request.META:
            return _refusal(request) or response  # a view that takes no tokens has not looked at this one
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if _sends_token(request) or (match and match.view_name in settings.UNCOUNTED_VIEWS):
            return None
        return _refusal(request)


def _sends_token(request: HttpRequest) -> bool:
    return request.path.startswith(_API) and key_in(Request(request)) is not None


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Count this request; an answer where it was too much."""
    write = request.method not in _READS
    try:
        if isinstance(request.user, User):
            rates.of_person(request.user, write=write)
        else:
            rates.of_address(origin_of(request), write=write)
    except Refused as error:
        return _too_much(request, error)
    return None


def _too_much(request: HttpRequest, error: Refused) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith(_API):
        body = {"code": error.code, "detail": error.detail, "fields": error.fields}
        response = JsonResponse({"error": body}, status=error.status)
    else:
        response = render(request, "error.html", {"status": error.status, "detail": error.detail}, status=error.status)
    return with_headers(response, error.headers)
