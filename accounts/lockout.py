"""How django-axes sees our requests, and how its lock-outs reach the audit."""

from typing import Any

from axes.signals import user_locked_out
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


def is_locked_out(request: HttpRequest | None) -> bool:
    """Axes refused this attempt without looking at the password."""
    return bool(getattr(request, "axes_locked_out", False))


@receiver(user_locked_out)
def locked_out(sender: Any, request: HttpRequest, username: str, **kwargs: Any) -> None:
    """Write down the lock-out itself; attempts made while it lasts carry no count and fill no history."""
    if getattr(request, "axes_failures_since_start", None) is not None:
        actor = Actor(name=username[:150], address=address_of(request), request_id=request_id.get())
        audit.record(actor, "login.locked")
