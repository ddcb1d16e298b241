"""Liveness (the process answers) and readiness (data base, storage and model are at hand)."""

import logging
from collections.abc import Callable

from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from detector import models_in_use

log = logging.getLogger(__name__)


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 while a part is missing; the reason goes to the log, since anybody may ask."""
    parts = works()
    fine = all(parts.values())
    return JsonResponse({"status": "ok" if fine else "unavailable", **parts}, status=200 if fine else 503)


def works() -> dict[str, bool]:
    """Which parts are at hand."""
    return {name: _works(name, check) for name, check in _CHECKS.items()}


def _works(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:  # whatever is wrong, the answer is "not ready"
        log.exception("readiness: %s", name)
        return False
    return True


def _ask_database() -> None:
    """On the connection of this very thread: bound once, it would be that of whichever thread came first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


_CHECKS: dict[str, Callable[[], object]] = {
    "database": _ask_database,
    "storage": lambda: default_storage.exists("readiness"),
    "model": models_in_use.current_scorer,
}
