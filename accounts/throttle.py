"""A throttle of single forms: so many of them per address and window, then 429. The counters are the data base's."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts import counting, rates
from accounts.errors import Refused
from accounts.requests import origin_of, with_headers

View = Callable[..., HttpResponseBase]


def posts(name: str, *, limit: int, seconds: int) -> Callable[[View], View]:
    """Let one address POST to this view at most `limit` times in `seconds` (a fixed window)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def throttled(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                try:
                    rates.of_form(name, origin_of(request), limit=limit, window=counting.window(f"{seconds}s"))
                except Refused as error:
                    return _too_many(request, error)
            return view(request, *args, **kwargs)

        return throttled

    return decorate


def _too_many(request: HttpRequest, error: Refused) -> HttpResponseBase:
    context = {"minutes": -(-(error.retry_after or 60) // 60)}
    return with_headers(render(request, "accounts/throttled.html", context, status=429), error.headers)
