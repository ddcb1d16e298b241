"""The process that decodes: reads bytes from one pipe, writes pixels to another, and can do nothing else.

`python -m ml.decoder_child MEMORY` is started by `ml.decoder`. It imports and tries out all that decoding needs, locks
itself, and answers one picture after the other until its input ends. What it says is believed by nobody.
"""

import encodings.cp1252
import encodings.utf_8_sig
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_16_le
import encodings.utf_32  # noqa: F401 (decoders of text in files ask for them by name, when no file can be opened)
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from PIL import Image

from ml import images, locking, refusals, wire
from ml.images import ImageFacts, InvalidImage, Limits

Read = Callable[[bytes, Limits, int | None], tuple[ImageFacts, Image.Image]]

_MOST_BYTES = 1 << 40  # who asks is trusted, and has looked at the size
_THREADS = 4  # of one picture: each takes address space, and a server may have a hundred processors


def main(read: Read = images.read_here) -> None:
    """Serve the parent until it closes the pipe."""
    given, taken = _pipes()
    _try_out()
    wire.send(taken, {"locks": locking.lock(int(sys.argv[1]))})
    with suppress(wire.Broken):  # the parent has gone
        while True:
            _answer(given, taken, read)


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Of the two only this module knows: what a library prints must not stand among the answers."""
    taken = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb", buffering=0), taken


def _try_out() -> None:
    """Decode a little picture of each kind, so that every library is there before files are out of reach."""
    from PIL import AvifImagePlugin

    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    for form in images.FORMATS:
        stream = io.BytesIO()
        Image.new("RGB", (16, 16), "red").save(stream, form)
        images.read_here(stream.getvalue(), Limits(), 8)


def _answer(given: BinaryIO, taken: BinaryIO, read: Read) -> None:
    asked, data = wire.receive(given, _MOST_BYTES)
    limits = Limits(bytes=len(data), pixels=asked["pixels"], frames=asked["frames"])
    locking.allow_seconds(asked["seconds"])
    try:
        facts, image = read(bytes(data), limits, asked["at_least"])
        pixels = image.tobytes()
    except InvalidImage as refusal:
        wire.send(taken, _refused(refusal))
    except MemoryError:
        wire.send(taken, {"code": "unreadable", "unsafe": True})
    else:
        wire.send(taken, _told(facts, image), pixels)


def _refused(refusal: InvalidImage) -> wire.Head:
    """What the parent cannot find out by itself; its sentences are its own."""
    said = refusal.detail.values
    number = said.get("frames", said.get("megapixels"))
    unsafe = refusal.detail == refusals.unsafe().detail
    return {
        "code": refusal.code,
        "number": number if isinstance(number, int | float) else None,
        "format": said.get("format"),
        "unsafe": unsafe,
    }


def _told(facts: ImageFacts, image: Image.Image) -> wire.Head:
    names = ("format", "width", "height", "frames", "jpeg_quality", "orientation")
    return {name: getattr(facts, name) for name in names} | {"size": image.size}


if __name__ == "__main__":
    main()
