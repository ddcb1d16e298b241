"""Log-in in two steps: between them a session says who owes the code, and nobody is logged in.

A session that is logged in carries the moment from which its person's second factor is; one that does not went round
the code, or is older than the factor, and is worth nothing (factor_middleware.py).
"""

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.sessions import WAITS

BACKEND = "django.contrib.auth.backends.ModelBackend"
_PROVEN = "second_factor_since"
_WAIT = 600  # seconds between password and code


def owe(request: HttpRequest, user: User) -> None:
    """The password was right. The session gets another key, so that whoever planted the old one has no part in it."""
    request.session.cycle_key()
    until = timezone.now().timestamp() + _WAIT
    request.session[WAITS] = {"user": user.pk, "until": until, "password": user.get_session_auth_hash()}


def who_owes(request: HttpRequest) -> User | None:
    """Who may give a code now: not when it took long, nor after the password was changed or the account locked."""
    owed = request.session.get(WAITS)
    if not owed or owed["until"] < timezone.now().timestamp():
        return None
    user = User.objects.filter(pk=owed["user"], is_active=True).exclude(factor_since=None).first()
    same = user and constant_time_compare(owed["password"], user.get_session_auth_hash())
    return user if same else None


def enter(request: HttpRequest, user: User) -> None:
    """The code was right."""
    del request.session[WAITS]
    login(request, user, BACKEND)
    mark(request, user)


def mark(request: HttpRequest, user: User) -> None:
    request.session[_PROVEN] = user.factor_since.isoformat() if user.factor_since else ""


def is_proven(request: HttpRequest, user: User) -> bool:
    return user.factor_since is None or request.session.get(_PROVEN) == user.factor_since.isoformat()
