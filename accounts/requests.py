"""From a request to the actor that services want, and headers onto its answer."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts.audit import Actor
from accounts.models import ApiToken, User
from fakedetect_site.middleware import request_id

Response = TypeVar("Response", bound=HttpResponseBase)


def actor_of(request: HttpRequest, *, name: str = "") -> Actor:
    """Who asks: user, token, address, request id. `name` is for those without an account (a sign-up)."""
    user = getattr(request, "user", None)
    token = getattr(request, "auth", None)
    return Actor(
        user=user if isinstance(user, User) else None,
        token=token if isinstance(token, ApiToken) else None,
        address=address_of(request),
        request_id=request_id.get(),
        name=name,
    )


def person_of(request: HttpRequest) -> User:
    """The person who is logged in, for views that let nobody else in.

    Raises:
        PermissionDenied: nobody is.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def is_part(request: HttpRequest) -> bool:
    """A page that is shown asks for a fragment; not so where the browser goes back to what htmx no longer keeps."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def address_of(request: HttpRequest) -> str:
    """The client's address; X-Forwarded-For is believed only as far as our own proxies wrote it."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(hops) >= trusted:
        return _checked(hops[-trusted]) or _connection(request)
    return _connection(request)


def origin_of(request: HttpRequest) -> str:
    """The address as limits count it: an IPv6 subscriber owns 2**64 addresses, so they count as one."""
    text = address_of(request)
    if text and isinstance(ip_address(text), IPv6Address):
        return str(ip_network(f"{text}/64", strict=False).network_address)
    return text


def base_of(request: HttpRequest | Request) -> str:
    """The address of this site as whoever asks wrote it, without a slash at its end."""
    return request.build_absolute_uri("/")[:-1]


def with_headers(response: Response, headers: Mapping[str, str]) -> Response:
    for name, value in headers.items():
        response[name] = value
    return response


def _connection(request: HttpRequest) -> str:
    return _checked(str(request.META.get("REMOTE_ADDR", "")))


def _checked(text: str) -> str:
    """The address in its shortest form, or nothing: a socket has none, and a header may hold anything."""
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return ""
