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


def refused_unseen(request: HttpRequest | None) -> bool:
    """Axes refused this attempt during a lock-out: nobody looked at the password, and it was not counted."""
    locked = getattr(request, "axes_locked_out", False)
    return bool(locked) and getattr(request, "axes_failures_since_start", None) is None


@receiver(user_locked_out)
def locked_out(sender: Any, request: HttpRequest, username: str, **kwargs: Any) -> None:
    """Write down the failure that locks; the attempts made while the lock-out lasts fill no history."""
    if not refused_unseen(request):
        actor = Actor(name=username[:150], address=address_of(request), request_id=request_id.get())
        audit.record(actor, "login.locked")
