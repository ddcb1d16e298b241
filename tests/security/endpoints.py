"""Every address of the site and the methods that it answers, read from the URL configuration."""

import inspect
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.contrib import admin
from django.urls import URLResolver, get_resolver
from django.views.generic.edit import ProcessFormView

QUIET = {"HEAD", "OPTIONS", "TRACE"}  # HEAD is GET without a body; test_quiet_methods.py asks the others


class Endpoint(NamedTuple):
    """A method of an address, written as in the URL configuration."""

    method: str
    route: str

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


class Unbound(Exception):
    """A view answers any method that it is asked by: say which are meant, with `require_http_methods`."""


def all_endpoints() -> list[Endpoint]:
    """In the order of their addresses."""
    found = {Endpoint(method, route) for route, view in walk(get_resolver()) for method in methods_of(route, view)}
    return sorted(found, key=lambda one: (one.route, one.method))


def walk(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, Callable]]:
    """Each address with its view. What the admin's catch-all takes is no address of its own."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern).removeprefix("^").removesuffix("$").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, route)
        elif not route.startswith("/admin/(?P<url>"):
            yield route, pattern.callback


def methods_of(route: str, view: Callable) -> set[str]:
    """The methods that a view was made for."""
    if route.startswith("/admin/"):
        return _of_admin(route)
    if actions := getattr(view, "actions", None):
        named = {method.upper() for method in actions}
    elif made_of := getattr(view, "cls", None) or getattr(view, "view_class", None):
        named = {method.upper() for method in made_of.http_method_names if hasattr(made_of, method)}
        named -= {"PUT"} if issubclass(made_of, ProcessFormView) else set()  # to whom PUT is an empty POST
    else:
        named = _required(view)
    if not named:
        raise Unbound(route)
    return named - QUIET


def _required(view: Callable) -> set[str]:
    """What the decorator `require_http_methods` holds, however deep it lies."""
    while view is not None:
        if allowed := inspect.getclosurevars(view).nonlocals.get("request_method_list"):
            return set(allowed)
        view = getattr(view, "__wrapped__", None)
    return set()


def _of_admin(route: str) -> set[str]:
    """Django's views of the admin take every method; what changes something comes by POST."""
    changes = ("/add/", "/change/", "/delete/", "/login/")
    if route.endswith(("/logout/", "/export/")):
        return {"POST"}
    return {"GET", "POST"} if route.endswith(changes) else {"GET"}


def admin_models() -> dict[str, type]:
    """`accounts/user` and so on."""
    return {f"{model._meta.app_label}/{model._meta.model_name}": model for model in admin.site._registry}
