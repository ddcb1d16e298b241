"""The process that decodes: reads bytes from one pipe, writes pixels to another, and can do nothing else."""

import encodings.cp1252
import encodings.utf_8_sig
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_16_le
import encodings.utf_32  # noqa: F401 (decoders of text in files ask for them by name, when no file can be opened)
import io
from collections.abc import Callable
from functools import partial

from PIL import Image

from ml import apart_child, images, refusals, wire
from ml.apart_child import Reply
from ml.images import ImageFacts, InvalidImage, Limits

Read = Callable[[bytes, Limits, int | None], tuple[ImageFacts, Image.Image]]

_THREADS = 4  # of one picture: each takes address space, and a server may have a hundred processors


def main(read: Read = images.read_here) -> None:
    """Serve the parent until it closes the pipe."""
    apart_child.serve(partial(_answer, read), _try_out)


def _try_out() -> None:
    """Decode a little picture of each kind, so that every library is there before files are out of reach."""
    from PIL import AvifImagePlugin

    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    for form in images.FORMATS:
        stream = io.BytesIO()
        Image.new("RGB", (16, 16), "red").save(stream, form)
        images.read_here(stream.getvalue(), Limits(), 8)


def _answer(read: Read, asked: wire.Head, data: bytes) -> Reply:
    limits = Limits(bytes=len(data), pixels=asked["pixels"], frames=asked["frames"])
    try:
        facts, image = read(data, limits, asked["at_least"])
        return _told(facts, image), image.tobytes()
    except InvalidImage as refusal:
        return _refused(refusal), b""
    except MemoryError:
        return {"code": "unreadable", "unsafe": True}, b""


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
