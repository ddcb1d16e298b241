"""Decode pictures that nobody vouches for in a process of its own (`ml.apart`).

A picture that brings it down is refused like any other that cannot be read.
"""

import atexit
import os
from functools import cache

from PIL import Image

from ml import apart, images, refusals, wire
from ml.apart import Apart, Lie, Unsafe
from ml.containers import foreign_content
from ml.images import ImageFacts, InvalidImage, Limits

WANTED = ("memory", "processor time", "no writing", "no rights", "no files", "no calls")  # of the locks of `ml.locking`
# A picture is held several times while it becomes upright RGB: measured at most 24 bytes a pixel, for WebP with alpha.
_BYTES_A_PIXEL, _BYTES_BESIDE = 32, 400_000_000


def read(data: bytes, limits: Limits, at_least: int | None = None) -> tuple[ImageFacts, Image.Image]:
    """What `images.read` does, elsewhere; in this process where there are no such processes (Windows).

    Raises:
        InvalidImage: whatever `images.read` raises, and unreadable for what cannot be decoded safely.
        CannotStart: no child comes up.
    """
    if not apart.ELSEWHERE:
        return images.read_here(data, limits, at_least)
    return _shared(max(limits.pixels, Limits().pixels)).read(data, limits, at_least)


def missing(limits: Limits) -> list[str]:
    """The locks that do not hold on this machine; all of them where there is no such process.

    Raises:
        CannotStart: no child comes up.
    """
    held = _shared(max(limits.pixels, Limits().pixels)).locks() if apart.ELSEWHERE else []
    return [name for name in WANTED if name not in held]


@cache
def _shared(pixels: int) -> "Decoder":
    decoder = Decoder(pixels * _BYTES_A_PIXEL + _BYTES_BESIDE)
    atexit.register(decoder.close)
    return decoder


# What a copy of this process inherits is not its own: it would talk into the same pipes.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_shared.cache_clear)


class Decoder(Apart):
    """Turns bytes into pictures, elsewhere."""

    what, program = "decoder", "ml.decoder_child"

    def read(self, data: bytes, limits: Limits, at_least: int | None = None) -> tuple[ImageFacts, Image.Image]:
        """Raises what the function of this name raises."""
        images.check_size(data, limits)
        asked = {"pixels": limits.pixels, "frames": limits.frames, "at_least": at_least}
        try:
            return self.ask(asked, data, limits.pixels * 3, lambda told, body: _believed(told, body, data, limits))
        except Unsafe:
            raise refusals.unsafe() from None


def _believed(told: wire.Head, pixels: bytearray, data: bytes, limits: Limits) -> tuple[ImageFacts, Image.Image]:
    """Check every word; what is not said in numbers this process finds out, or says, by itself."""
    if "code" in told:
        raise _refusal(told, data, limits)
    try:
        facts, size = _facts(told, len(data)), (_number(told["size"][0]), _number(told["size"][1]))
    except (KeyError, TypeError, IndexError) as error:
        raise Lie(str(error)) from error
    if (
        facts.width * facts.height > limits.pixels
        or facts.frames > limits.frames
        or size[0] * size[1] * 3 != len(pixels)
    ):
        raise Lie("These sizes do not fit.")
    return facts, Image.frombuffer("RGB", size, pixels, "raw", "RGB", 0, 1)


def _facts(told: wire.Head, size: int) -> ImageFacts:
    mime, extension = images.kind_of(told["format"])
    quality = None if told["jpeg_quality"] is None else _number(told["jpeg_quality"], 100)
    width, height, frames = (_number(told[name]) for name in ("width", "height", "frames"))
    turned = _number(told["orientation"], 8)
    return ImageFacts(told["format"], mime, extension, width, height, frames, size, quality, turned)


def _number(value: object, most: int = 1 << 31) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise Lie(f"{value!r} is no such number.")
    return value


def _refusal(told: wire.Head, data: bytes, limits: Limits) -> InvalidImage:
    """The sentence for a code, made here: a template from over there would be a program."""
    code, number = told["code"], told.get("number")
    number = number if isinstance(number, int | float) and 0 <= number < 1e12 else None
    if code in ("not_an_image", "unsupported_format"):
        return images.not_readable(data)
    if code == "too_many_pixels":
        return refusals.too_many_pixels(number, limits.pixels)
    if code == "too_many_frames" and number:
        return refusals.too_many_frames(int(number), limits.frames)
    if code == "polyglot" and (foreign := _foreign(told, data)):
        return refusals.polyglot(str(told["format"]), foreign)
    if code == "truncated":
        return refusals.truncated()
    return refusals.unsafe() if told.get("unsafe") or code != "unreadable" else refusals.damaged()


def _foreign(told: wire.Head, data: bytes) -> str | None:
    return foreign_content(data, told["format"]) if told.get("format") in images.FORMATS else None
