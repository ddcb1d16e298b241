"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "sign_up_open": settings.SIGN_UP_OPEN,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_megabytes": f"{settings.MAX_UPLOAD_BYTES / 1e6:g}",
    }
