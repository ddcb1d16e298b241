"""The process that reads Content Credentials: libc2pa meets the bytes of a stranger here, and can do nothing else."""

import io
import json

from PIL import Image

from ml import apart_child, wire
from ml.apart_child import Reply
from ml.evidence import c2pa_library


def main() -> None:
    """Serve the parent until it closes the pipe."""
    apart_child.serve(_answer, _try_out)


def _try_out() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "JPEG")
    c2pa_library.opened(stream.getvalue(), "image/jpeg", {"version": 1})


def _answer(asked: wire.Head, both: bytes) -> Reply:
    """The settings, of whom so many bytes are, come before the file: they hold the trust list, which may change."""
    settings, data = both[: asked["settings"]], both[asked["settings"] :]
    try:
        text = c2pa_library.opened(data, asked["mime"], json.loads(settings))
    except c2pa_library.Refused as refusal:
        return {"state": "refused"}, str(refusal).encode()
    return {"state": "none" if text is None else "store"}, (text or "").encode()


if __name__ == "__main__":
    main()
