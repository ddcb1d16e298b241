"""No session without the second factor of its person, and no page before one that the site asks for is set up."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from accounts import log_in_steps, roles
from accounts.models import User


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Whichever door began this session: without the code it is none."""
        if (user := _person(request)) and not log_in_steps.is_proven(request, user):
            logout(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user, match = _person(request), request.resolver_match
        if not user or not roles.lacks_second_factor(user):
            return None
        return None if match and match.view_name in settings.WITHOUT_SECOND_FACTOR else _led_away(request)


def _person(request: HttpRequest) -> User | None:
    """Who is logged in here. Without the cookie nobody is, and no answer then depends on it."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user if isinstance(request.user, User) else None


def _led_away(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        body = {"code": "second_factor_needed", "detail": roles.LACKS_FACTOR, "fields": {}}
        return JsonResponse({"error": body}, status=403)
    return redirect("accounts:second_factor")
