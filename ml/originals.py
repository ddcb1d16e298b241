"""Which JPEG files come straight from a camera: the photographs on which a false alarm hurts most."""

import io

from PIL import ExifTags, Image

_MEGAPIXEL = 1_000_000
_EDITORS = (
    "adobe", "photoshop", "lightroom", "gimp", "picasa", "paint", "acdsee", "photoscape", "snapseed", "corel",
    "capture one", "aperture", "iphoto", "imagemagick", "irfanview", "photoimpact", "ulead", "microsoft", "instagram",
    "pixelmator",
)  # fmt: skip


def is_camera_original(data: bytes) -> bool:
    """Whether the file has at least a megapixel, names its camera's maker, and names no editor."""
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            tags, pixels = image.getexif(), image.width * image.height
            maker, software = (str(tags.get(tag, "")) for tag in (ExifTags.Base.Make, ExifTags.Base.Software))
    except Exception:  # a file that cannot be read is no original; the manifest reports it elsewhere
        return False
    return pixels >= _MEGAPIXEL and bool(maker.strip()) and not any(name in software.lower() for name in _EDITORS)
