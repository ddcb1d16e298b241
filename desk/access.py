"""The desk's pages are for moderators: others are sent to the log-in, or told that it is not for them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.roles import is_moderator

View = Callable[..., HttpResponseBase]


def for_moderators(view: View) -> View:
    """Let moderators and administrators in.

    Raises:
        PermissionDenied: somebody else is logged in.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_moderator(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)
