"""A small throttle on Django's cache: so many POSTs per address and window, then 429."""

from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.requests import address_of

View = Callable[..., HttpResponseBase]


def posts(name: str, *, limit: int, seconds: int) -> Callable[[View], View]:
    """Let one address POST to this view at most `limit` times in `seconds` (a fixed window)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def throttled(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST" and _count(f"{name}:{_origin(request)}", seconds) > limit:
                return _too_many(request, seconds)
            return view(request, *args, **kwargs)

        return throttled

    return decorate


def _count(name: str, seconds: int) -> int:
    """Count this one and return how many the window holds."""
    key = f"throttle:{name}"
    if cache.add(key, 1, seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the window ended between the two
        cache.set(key, 1, seconds)
        return 1


def _origin(request: HttpRequest) -> str:
    """An IPv6 subscriber owns 2**64 addresses, so they count as one."""
    text = address_of(request)
    if text and isinstance(ip_address(text), IPv6Address):
        return str(ip_network(f"{text}/64", strict=False).network_address)
    return text


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    context = {"minutes": -(-seconds // 60)}
    response = render(request, "accounts/throttled.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
