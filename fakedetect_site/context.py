"""What every page knows."""

import tomllib
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from fakedetect_site import languages

VERSION = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_version": VERSION,
        "languages": languages.names(),
        "sign_up_open": settings.SIGN_UP_OPEN,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_megabytes": f"{settings.MAX_UPLOAD_BYTES / 1e6:g}",
    }
