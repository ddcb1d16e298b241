"""What a file may be, from the settings."""

from django.conf import settings

from ml.serve import Limits


def limits() -> Limits:
    return Limits(bytes=settings.MAX_UPLOAD_BYTES, pixels=settings.MAX_PIXELS, frames=settings.MAX_FRAMES)
