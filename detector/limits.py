"""What a file may be: from the settings, and told to browsers, so that a file need not be sent to be refused."""

from dataclasses import replace

from django.conf import settings

from ml import serve
from ml.serve import InvalidImage, Limits

# Kinds and endings that a browser offers to choose; what a file is, only its bytes say.
ACCEPT = (
    "image/jpeg,image/png,image/webp,image/gif,image/tiff,image/bmp,image/avif,image/heic,image/heif,"
    ".jpg,.jpeg,.jfif,.png,.webp,.gif,.tif,.tiff,.bmp,.avif,.heic,.heif"
)


def limits() -> Limits:
    most = Limits(bytes=settings.MAX_UPLOAD_BYTES, pixels=settings.MAX_PIXELS, frames=settings.MAX_FRAMES)
    return replace(most, apart=settings.DECODER == "process")


def missing_locks() -> list[str]:
    """What holds the process that decodes less tightly here than it should; raises CannotStart where there is none."""
    return serve.missing_locks(limits()) if settings.DECODER == "process" else []


def refusals() -> dict[str, str]:
    """The sentences for what a browser can tell by itself: asked of those who refuse, so that both say the same."""
    return {
        "too_large": serve.too_large(limits()).detail,
        "empty": _refusal(b""),
        "no_image": _refusal(b"a letter"),
    }


def _refusal(data: bytes) -> str:
    try:
        serve.decode(data, limits())
    except InvalidImage as error:
        return error.detail
    raise AssertionError("No decoder takes this.")
