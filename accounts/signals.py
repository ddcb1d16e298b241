"""Log-ins and failed log-ins reach the audit through Django's own signals, which every door shares."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit, session_life
from accounts.audit import Actor
from accounts.lockout import refused_unseen
from accounts.models import User
from accounts.requests import address_of
from fakedetect_site.middleware import request_id


def _actor(request: HttpRequest | None, user: User | None = None, name: str = "") -> Actor:
    return Actor(user=user, address=address_of(request) if request else "", request_id=request_id.get(), name=name)


@receiver(user_logged_in)
def logged_in(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    if request and hasattr(request, "session"):
        session_life.begin(request)
    audit.record(_actor(request, user), "login", target=f"user:{user.pk}")


@receiver(user_logged_out)
def logged_out(sender: Any, request: HttpRequest | None, user: User | None, **kwargs: Any) -> None:
    if user:
        audit.record(_actor(request, user), "logout", target=f"user:{user.pk}")


@receiver(user_login_failed)
def login_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    if not refused_unseen(request):
        step = {"step": "code"} if credentials.get("step") == "code" else {}
        audit.record(_actor(request, name=str(credentials.get("username", ""))[:150]), "login.failed", details=step)
