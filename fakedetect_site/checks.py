"""System checks that try the thing itself: each folder is written to, a served address is no debug server."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

_LOCAL = {"localhost", "127.0.0.1", "[::1]", "testserver"}


@register()
def folders_are_writable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    folders = {"FAKEDETECT_VAR": Path(settings.VAR_DIR)}
    if not settings.S3_BUCKET:
        folders["FAKEDETECT_MEDIA"] = Path(settings.MEDIA_DIR)
    return [error for name, folder in folders.items() if (error := _try(name, folder))]


def _try(name: str, folder: Path) -> CheckMessage | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        hint = f"Make the folder writable, or set {name} to another."
        return Error(f"{folder} cannot be written: {error.strerror}.", hint=hint, id="fakedetect.E001")


@register()
def debug_stays_at_home(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    public = set(settings.ALLOWED_HOSTS) - _LOCAL
    if settings.DEBUG and public:
        return [Error(f"DEBUG is on for {', '.join(sorted(public))}.", hint="Unset DEBUG.", id="fakedetect.E002")]
    return []


@register(deploy=True)
def https_is_told(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.HTTPS:
        return []
    return [Warning("FAKEDETECT_HTTPS is not set: cookies travel in the clear.", id="fakedetect.W001")]
