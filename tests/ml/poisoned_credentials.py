"""A reader of Content Credentials that misbehaves when a file tells it to, in the place of `ml.evidence.c2pa_child`.

What stands behind ORDER at the end of a file is done where libc2pa would have had the file.
"""

import ctypes
import os
import socket
from pathlib import Path
from typing import Any

import numpy as np

from ml.evidence import c2pa_child, c2pa_library

ORDER = b"poison:"

_library = c2pa_library.opened


def opened(data: bytes, mime: str, settings: dict[str, Any]) -> str | None:
    _before, found, words = data.rpartition(ORDER)
    if not found:
        return _library(data, mime, settings)
    order, _, argument = words.decode().partition(" ")
    try:
        return _ORDERS[order](argument) or '{"done": true}'
    except OSError as error:
        raise c2pa_library.Refused(f"errno {error.errno}") from error


def spin(_: str) -> None:
    while True:
        pass


def _say(text: bytes) -> None:
    os.write(3, text)  # the pipe to the parent: the first descriptor behind the three of every process


_ORDERS = {
    "abort": lambda _: os.abort(),
    "segfault": lambda _: ctypes.string_at(0),
    "spin": spin,
    "take": lambda megabytes: str(np.ones(int(megabytes) * 1_000_000, np.uint8)[-1]),
    "chatter": lambda _: _say(b"\xff" * 100),
    "tell": lambda text: text,
    "environment": lambda name: f'{{"there": {"true" if name in os.environ else "false"}}}',
    "read": lambda path: Path(path).read_text(),
    "connect": lambda port: socket.socket().connect(("127.0.0.1", int(port))),
    "execute": lambda _: os.execv("/bin/true", ["true"]),
}

if __name__ == "__main__":
    c2pa_library.opened = opened
    c2pa_child.main()
