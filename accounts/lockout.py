"""How django-axes sees our requests, and how its lock-outs reach the audit."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit
from accounts.audit import Actor
from accounts.requests import address_of
from fakedetect_site.middleware import request_id


def address(request: HttpRequest) -> str | None:
    return address_of(request) or None


def name_tried(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Names mean the same in any case, so `Anna` and `ANNA` share one count of failures."""
    return str((credentials or {}).get("username") or "").lower()


def refused_unseen(request: HttpRequest | None) -> bool:
    """Axes refused this attempt during a lock-out: nobody looked at the password, and it was not counted."""
    locked = getattr(request, "axes_locked_out", False)
    return bool(locked) and getattr(request, "axes_failures_since_start", None) is None


def is_locked(request: HttpRequest, username: str) -> bool:
    """Whether this name is locked for this address; if so, axes answers the request in the place of its view."""
    credentials = {"username": username}
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
    return True


def code_failed(request: HttpRequest, username: str) -> None:
    """A wrong code counts as a wrong password does: one name, one address, one count of failures."""
    user_login_failed.send(__name__, credentials={"username": username, "step": "code"}, request=request)


@receiver(user_locked_out)
def locked_out(sender: Any, request: HttpRequest, username: str, **kwargs: Any) -> None:
    """Write down the failure that locks; the attempts made while the lock-out lasts fill no history."""
    if not refused_unseen(request):
        actor = Actor(name=username[:150], address=address_of(request), request_id=request_id.get())
        audit.record(actor, "login.locked")
