"""How long a session lasts: from the log-in, and without use. Both are kept in the session, and a device."""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts import devices

BEGAN, SEEN, DEVICE = "began", "seen", "device"  # in a session
_NOTED_EVERY = 300  # seconds: one write in a while, not one a request


def begin(request: HttpRequest) -> None:
    """At a log-in."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
    request.session[DEVICE] = devices.name_of(request.headers.get("User-Agent", ""))


def look(request: HttpRequest) -> None:
    """End the session of whoever is logged in for too long or was away too long; else note that it is used."""
    if not request.user.is_authenticated:
        return
    now, session = int(time.time()), request.session
    if BEGAN not in session:  # of a release before this one
        begin(request)
    elif is_over(session, now):
        logout(request)
    elif now - session[SEEN] >= _NOTED_EVERY:
        session[SEEN] = now


def is_over(session: Mapping[str, Any] | SessionBase, now: float) -> bool:
    """Whether the next request of this session, at `now` in seconds, would be its end."""
    if BEGAN not in session:
        return False
    return now - session[BEGAN] >= settings.SESSION_HOURS * 3600 or _idle(now - session[SEEN])


def _idle(seconds: float) -> bool:
    most = settings.SESSION_IDLE_HOURS * 3600
    return bool(most) and seconds >= most
