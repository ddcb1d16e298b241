"""A decoder that misbehaves when it is told to: the child that tests start in the place of `ml.decoder_child`.

The real one takes no hook: this is another program, which hands its own `read` to the same locked loop. What it tries
and whether that succeeded is told as a picture of one pixel: red for done, blue with the errno for refused.
"""

import mmap
import os
import resource
import signal
import socket
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

from ml import decoder_child, images
from ml.images import ImageFacts, Limits

ORDER = b"poison:"


def read(data: bytes, limits: Limits, at_least: int | None) -> tuple[ImageFacts, Image.Image]:
    if not data.startswith(ORDER):
        return images.read_here(data, limits, at_least)
    order, _, argument = data.removeprefix(ORDER).decode().partition(" ")
    try:
        done = (255, _ORDERS[order](argument) or 0, 0)
    except OSError as error:
        done = (0, 0, error.errno)
    return ImageFacts("PNG", "", "", 1, 1, 1, len(data)), Image.new("RGB", (1, 1), done)


def spin(_: str) -> None:
    while True:
        pass


def take(megabytes: str) -> int:
    """Memory that is really written."""
    return int(np.ones(int(megabytes) * 1_000_000, np.uint8)[-1])


def lie(_: str) -> None:
    os.write(_answers(), (19).to_bytes(4, "big") + b'{"body": 0, "a": 1}')


def chatter(_: str) -> None:
    os.write(_answers(), b"\xff" * 100)


def claim(_: str) -> None:
    facts = b'{"format": "PNG", "width": 9000, "height": 9000, "frames": 1, "jpeg_quality": null, '
    text = facts + b'"size": [1, 1], "body": 3}'
    os.write(_answers(), len(text).to_bytes(4, "big") + text + b"abc")


def _answers() -> int:
    """The pipe to the parent: the first descriptor behind the three of every process."""
    return 3


def thread(_: str) -> int:
    told: list[int] = []
    worker = threading.Thread(target=told.append, args=(7,))
    worker.start()
    worker.join()
    return told[0]


def kill(pid: str) -> None:
    os.kill(int(pid), signal.SIGTERM)


def more_files(_: str) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    except ValueError as error:  # Python's word for EPERM
        raise PermissionError(1, str(error)) from error


_ORDERS = {
    "abort": lambda _: os.abort(),
    "exit": lambda status: os._exit(int(status)),
    "segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "spin": spin,
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "take": take,
    "lie": lie,
    "chatter": chatter,
    "claim": claim,
    "thread": thread,
    "kill": kill,
    "more_files": more_files,
    "write": lambda path: Path(path).write_text("a trace") and 0,
    "read": lambda path: len(Path(path).read_bytes()) and 0,
    "list": lambda path: len(os.listdir(path)) and 0,
    "connect": lambda port: socket.socket().connect(("127.0.0.1", int(port))),
    "fork": lambda _: os.fork() and 0,
    "execute": lambda _: os.execv("/bin/true", ["true"]),
    "code": lambda _: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(),
    "environment": lambda name: int(name in os.environ),
    "user": lambda _: min(os.getuid() >> 8, 255),
}

if __name__ == "__main__":
    decoder_child.main(read)
