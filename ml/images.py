"""From untrusted bytes to pixels: the one decode and the one resize of training and serving alike.

Two resizers, or one with and one without antialiasing, change the very traces that a detector reads: OpenCV's
default keeps 1.5 times the gradient energy of Pillow's. So nothing else in this project may shrink a model's input.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from ml import refusals
from ml.containers import foreign_content
from ml.jpeg import jpeg_quality
from ml.refusals import InvalidImage as InvalidImage
from ml.sentences import say

pillow_heif.register_heif_opener(thumbnails=False)

# Pillow's name → ours, media type, file ending. MPO is the JPEG with extra frames that phones and 3D cameras make.
_FORMATS = {
    "JPEG": ("JPEG", "image/jpeg", "jpg"),
    "MPO": ("JPEG", "image/jpeg", "jpg"),
    "PNG": ("PNG", "image/png", "png"),
    "WEBP": ("WEBP", "image/webp", "webp"),
    "GIF": ("GIF", "image/gif", "gif"),
    "TIFF": ("TIFF", "image/tiff", "tif"),
    "BMP": ("BMP", "image/bmp", "bmp"),
    "AVIF": ("AVIF", "image/avif", "avif"),
    "HEIF": ("HEIF", "image/heic", "heic"),
}
_KINDS = {name: (mime, extension) for name, mime, extension in _FORMATS.values()}
FORMATS = tuple(_KINDS)
_OPENERS = [name for name in _FORMATS if name != "MPO"]  # the JPEG opener adopts MPO by itself
# What people try most; named so that the answer can be "PSD is not supported" and not "no image".
_OTHER_KINDS = {
    b"8BPS": "Photoshop (PSD)",
    b"%PDF-": "PDF",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"<svg": "SVG",
    b"\x00\x00\x01\x00": "ICO",
    b"%!PS": "PostScript",
    b"FLIF": "FLIF",
    b"\x01\xda": "SGI",
    b"qoif": "QOI",
}
_LARGE_PIXELS = 12_000_000
_large_decodes = threading.BoundedSemaphore(1)  # several 50-megapixel decodes at once would take gigabytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What a decoder may be given; the defaults are those of the settings.

    `apart` has it decode in a process of its own (`ml.decoder`): for bytes that nobody vouches for.
    """

    bytes: int = 25_000_000
    pixels: int = 50_000_000
    frames: int = 1_000
    apart: bool = False


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the container says of itself; width and height in pixels, as a viewer sees them (orientation applied)."""

    format: str
    mime: str
    extension: str
    width: int
    height: int
    frames: int
    bytes: int
    jpeg_quality: int | None = None  # 1 to 100; None for a file that is no JPEG
    orientation: int = 1  # of EXIF, 1 to 8: how the stored picture was turned


def inspect(data: bytes, limits: Limits | None = None) -> ImageFacts:
    """Check a file from its headers alone, decoding nothing.

    Raises:
        InvalidImage: empty_file, file_too_large, not_an_image, unsupported_format, too_many_pixels,
            too_many_frames, polyglot.
    """
    limits = limits or Limits()
    check_size(data, limits)
    with _opened(data, limits) as image:
        facts = _facts(image, data)
    _check_limits(facts, limits)
    if foreign := foreign_content(data, facts.format):
        raise refusals.polyglot(facts.format, foreign)
    return facts


def decode(data: bytes, limits: Limits | None = None, at_least: int | None = None) -> Image.Image:
    """The picture of `read` alone."""
    return read(data, limits, at_least)[1]


def read(data: bytes, limits: Limits | None = None, at_least: int | None = None) -> tuple[ImageFacts, Image.Image]:
    """Check as `inspect` does, then decode the first frame to upright RGB, transparency on white.

    With `at_least`, a JPEG is decoded at the smallest power-of-two scale whose edges both keep that many pixels:
    three times as fast at 12 megapixels, with the gradient energy of a full decode.

    Raises:
        InvalidImage: whatever `inspect` raises, truncated, unreadable.
    """
    limits = limits or Limits()
    if limits.apart:
        from ml import decoder  # which reads with this module, elsewhere

        return decoder.read(data, limits, at_least)
    return read_here(data, limits, at_least)


def read_here(data: bytes, limits: Limits, at_least: int | None = None) -> tuple[ImageFacts, Image.Image]:
    """The same in this very process, whatever the limits say of that."""
    facts = inspect(data, limits)
    with _turn(facts), _opened(data, limits) as image:
        if at_least and facts.format == "JPEG":
            image.draft(None, (at_least, at_least))
        return facts, _to_rgb(_upright(image))


def to_input(image: Image.Image, size: int) -> npt.NDArray[np.uint8]:
    """Resize to the model's square input: uint8 of shape (size, size, 3), antialiased bilinear."""
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), dtype=np.uint8)


def thumbnail(image: Image.Image, edge: int = 320) -> bytes:
    """A JPEG of at most `edge` pixels a side that carries no metadata of the original."""
    small = image.copy()
    small.thumbnail((edge, edge), Image.Resampling.BILINEAR)
    small.info.clear()  # Pillow would copy the colour profile and the comment
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=80, optimize=True)
    return stream.getvalue()


def check_size(data: bytes, limits: Limits) -> None:
    """Raises InvalidImage: empty_file, file_too_large."""
    if not data:
        raise refusals.empty()
    if len(data) > limits.bytes:
        raise too_large(limits)


def too_large(limits: Limits) -> InvalidImage:
    """The refusal of a file over the limit, for the doors that can tell before they hold its bytes."""
    return refusals.too_large(limits.bytes)


def _check_limits(facts: ImageFacts, limits: Limits) -> None:
    if facts.width * facts.height > limits.pixels:
        raise refusals.too_many_pixels(facts.width * facts.height / 1e6, limits.pixels)
    if facts.frames > limits.frames:
        raise refusals.too_many_frames(facts.frames, limits.frames)


@contextmanager
def _opened(data: bytes, limits: Limits) -> Iterator[Image.Image]:
    """Open with the allowed decoders only, and turn whatever they raise into one kind of refusal.

    Decoders of hostile bytes raise nearly anything (struct.error, IndexError, SyntaxError, zlib.error, MemoryError),
    so this is the one place that catches everything.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_OPENERS) as image:
            yield image
    except InvalidImage:
        raise
    except UnidentifiedImageError:
        raise not_readable(data) from None
    except Image.DecompressionBombError:
        raise refusals.too_many_pixels(None, limits.pixels) from None
    except Exception as error:
        raise _broken(error) from error


def not_readable(data: bytes) -> InvalidImage:
    """The refusal of bytes that no decoder knows: what they are, where that can be said."""
    head = data[:64].lstrip()
    for mark, name in _OTHER_KINDS.items():
        if head.startswith(mark):
            other = say("{name} is not supported. Use one of {formats:,}.", name=name, formats=list(FORMATS))
            return InvalidImage("unsupported_format", other)
    none = say("This file is no image that can be read ({formats:,}).", formats=list(FORMATS))
    return InvalidImage("not_an_image", none)


def _broken(error: Exception) -> InvalidImage:
    if isinstance(error, MemoryError):
        return refusals.unsafe()
    return refusals.truncated() if "truncated" in str(error).lower() else refusals.damaged()


def kind_of(name: str) -> tuple[str, str]:
    """Media type and file ending of one of FORMATS; KeyError of any other."""
    return _KINDS[name]


def _facts(image: Image.Image, data: bytes) -> ImageFacts:
    name, mime, extension = _FORMATS[image.format or ""]
    width, height = image.size
    turned = _orientation(image)
    if turned >= 5:  # 5 to 8 turn the picture by a quarter
        width, height = height, width
    frames = getattr(image, "n_frames", 1)
    return ImageFacts(name, mime, extension, width, height, frames, len(data), jpeg_quality(image), turned)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where the tag is absent or the EXIF block is damaged."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:  # a damaged EXIF block must not hide a sound picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


@contextmanager
def _turn(facts: ImageFacts) -> Iterator[None]:
    """One large decode at a time, so that memory is bounded whatever the number of threads."""
    if facts.width * facts.height <= _LARGE_PIXELS:
        yield
        return
    with _large_decodes:
        yield


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    return ImageOps.exif_transpose(image) if _orientation(image) > 1 else image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        image = _to_eight_bits(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.new("RGB", rgba.size, "white")
        image.paste(rgba, mask=rgba.getchannel("A"))
    result = image.convert("RGB") if image.mode != "RGB" else image.copy()
    result.info.clear()
    return result


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit and floating-point grey to 0..255; Pillow's own conversion clips instead."""
    values = np.asarray(image, dtype=np.float32)
    top = 65535.0 if image.mode != "F" else max(float(np.nanmax(values)), 1e-9)
    return Image.fromarray(np.clip(np.nan_to_num(values) / top * 255, 0, 255).astype(np.uint8), "L")
