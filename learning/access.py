"""Who may open a page of learning: others are sent to the log-in, or told that it is not for them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.roles import Someone, is_administrator, is_moderator

View = Callable[..., HttpResponseBase]


def _only(may: Callable[[Someone], bool]) -> Callable[[View], View]:
    """Let those in of whom `may` is true.

    Raises:
        PermissionDenied: somebody else is logged in.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return guard


for_moderators = _only(is_moderator)
for_administrators = _only(is_administrator)
