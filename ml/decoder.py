"""Decode what nobody vouches for in a process of its own, which may crash, loop or starve and take nobody along.

One child for each process, started when it is first needed with a fresh interpreter (so it inherits no lock, no secret
and no open file), locked (`ml.locking`) and used again. One that dies, lies or takes too long is replaced. A picture
that brings it down three times is refused like any other that cannot be read; one that takes too long, at once.
"""

import atexit
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache

from PIL import Image

from ml import images, refusals, wire
from ml.containers import foreign_content
from ml.images import ImageFacts, InvalidImage, Limits

log = logging.getLogger(__name__)

ATTEMPTS = 3
WANTED = ("memory", "processor time", "no writing", "no rights", "no files", "no calls")  # of the locks of `ml.locking`
_PICTURES = 1_000  # then a fresh child: what a library leaks stays small
_SECONDS, _PATIENCE = 20, 60.0  # of processor time for one picture; until this process waits no longer
_TO_START, _GRACE = 60.0, 0.5
_PIPE = 1 << 20
# A picture is held several times while it becomes upright RGB: measured at most 24 bytes a pixel, for WebP with alpha.
_BYTES_A_PIXEL, _BYTES_BESIDE = 32, 400_000_000
# Of the environment, which holds secrets, only what an interpreter may need to find its libraries.
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")


class CannotStart(RuntimeError):
    """The process that decodes does not come up: the installation is at fault, and no picture."""


def read(data: bytes, limits: Limits, at_least: int | None = None) -> tuple[ImageFacts, Image.Image]:
    """What `images.read` does, elsewhere; in this process where there are no such processes (Windows).

    Raises:
        InvalidImage: whatever `images.read` raises, and unreadable for what cannot be decoded safely.
        CannotStart: no child comes up.
    """
    if os.name != "posix":
        return images.read_here(data, limits, at_least)
    return _shared(max(limits.pixels, Limits().pixels)).read(data, limits, at_least)


def missing(limits: Limits) -> list[str]:
    """The locks that do not hold on this machine; all of them where there is no such process.

    Raises:
        CannotStart: no child comes up.
    """
    held = _shared(max(limits.pixels, Limits().pixels)).locks() if os.name == "posix" else []
    return [name for name in WANTED if name not in held]


@cache
def _shared(pixels: int) -> "Decoder":
    decoder = Decoder(pixels * _BYTES_A_PIXEL + _BYTES_BESIDE)
    atexit.register(decoder.close)
    return decoder


# What a copy of this process inherits is not its own: it would talk into the same pipes.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_shared.cache_clear)


class Decoder:
    """Any number of threads may ask; they take turns, so that one large picture at a time is in memory."""

    def __init__(
        self, memory: int, *, seconds: int = _SECONDS, patience: float = _PATIENCE, module: str = "ml.decoder_child"
    ) -> None:
        """`memory`: bytes for pictures. `module` is the program; the tests have one that misbehaves."""
        self._memory, self._seconds, self._patience, self._module = memory, seconds, patience, module
        self._turn = threading.Lock()
        self._child: _Child | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def read(self, data: bytes, limits: Limits, at_least: int | None = None) -> tuple[ImageFacts, Image.Image]:
        """Raises what the function of this name raises."""
        images.check_size(data, limits)
        asked = {"pixels": limits.pixels, "frames": limits.frames, "at_least": at_least, "seconds": self._seconds}
        with self._turn:
            for _ in range(ATTEMPTS):
                child = self._ready()
                try:
                    told, pixels = child.ask(asked, data, limits.pixels * 3, self._patience)
                    return _believed(told, pixels, data, limits)
                except (wire.Broken, _Lie) as error:
                    self._end(child, len(data), error)
                    if child.overran:
                        break
        raise refusals.unsafe()

    def locks(self) -> list[str]:
        """Those that hold its child, which is started if there is none."""
        with self._turn:
            return self._ready().locks

    def close(self) -> None:
        """End the child; the next picture starts another."""
        if self._child:
            self._child.end()
        self._child = None

    def _ready(self) -> "_Child":
        if self._child and (self._child.asked >= _PICTURES or self._child.overran or self._child.status is not None):
            self.close()
        if self._child is None:
            self._child = _Child(self._module, self._memory)
            log.debug("decoder %s: %s", self._child.pid, ", ".join(self._child.locks))
        return self._child

    def _end(self, child: "_Child", size: int, error: Exception) -> None:
        child.end(_GRACE if isinstance(error, wire.Broken) else 0.0)
        self._child = None
        how = "took too long" if child.overran else f"ended with {child.status}"
        log.warning("decoder %s %s on a file of %s bytes (%s)", child.pid, how, size, error)


class _Child:
    """One process and its two pipes."""

    def __init__(self, module: str, memory: int) -> None:
        """Raises CannotStart."""
        self.asked, self.late = 0, False
        command = [sys.executable, "-P", "-m", module, str(memory)]
        try:
            self._process = _started(command)
        except OSError as error:  # the machine has no room for another process, or the interpreter is gone
            raise CannotStart(f"The decoder does not start ({error}).") from error
        self._widen()
        self.locks = self._greeting(" ".join(command))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """None while it runs; below 0 the signal that ended it."""
        return self._process.poll()

    @property
    def overran(self) -> bool:
        """Whether it was ended for the time that it took."""
        return self.late or self.status == -signal.SIGXCPU

    def ask(self, asked: wire.Head, data: bytes, most: int, patience: float) -> tuple[wire.Head, bytearray]:
        """Raises wire.Broken."""
        self.asked += 1
        watch = threading.Timer(patience, self._lose_patience)  # a kill ends every wait, whichever pipe it is at
        watch.start()
        try:
            wire.send(self._process.stdin, asked, data)  # type: ignore[arg-type]
            return wire.receive(self._process.stdout, most)  # type: ignore[arg-type]
        finally:
            watch.cancel()

    def end(self, grace: float = 0.0) -> None:
        """Leave no zombie. `grace`: one whose pipe just closed is about to say by itself what ended it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _widen(self) -> None:
        """Pipes of a megabyte where the kernel has them: fewer turns from one process to the other and back."""
        if sys.platform == "linux":
            import fcntl  # which Windows has not

            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)  # type: ignore[arg-type]

    def _greeting(self, command: str) -> list[str]:
        watch = threading.Timer(_TO_START, self._lose_patience)
        watch.start()
        try:
            return [str(name) for name in wire.receive(self._process.stdout, 0)[0]["locks"]]  # type: ignore[arg-type]
        except (wire.Broken, KeyError, TypeError) as error:
            self.end()
            hint = "FAKEDETECT_DECODER=inline does without."
            raise CannotStart(f"The decoder does not start ({command}, status {self.status}). {hint}") from error
        finally:
            watch.cancel()

    def _lose_patience(self) -> None:
        self.late = True
        self._process.kill()


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (this interpreter, a module of ours)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        env=_environment(),
        start_new_session=True,  # a Ctrl-C is meant for the site, which ends this one when it is done
    )


class _Lie(Exception):
    """An answer that no decoder of ours gives: whoever speaks has been taken over, or is out of its mind."""


def _believed(told: wire.Head, pixels: bytearray, data: bytes, limits: Limits) -> tuple[ImageFacts, Image.Image]:
    """Check every word; what is not said in numbers this process finds out, or says, by itself."""
    if "code" in told:
        raise _refusal(told, data, limits)
    try:
        facts, size = _facts(told, len(data)), (_number(told["size"][0]), _number(told["size"][1]))
    except (KeyError, TypeError, IndexError) as error:
        raise _Lie(str(error)) from error
    if (
        facts.width * facts.height > limits.pixels
        or facts.frames > limits.frames
        or size[0] * size[1] * 3 != len(pixels)
    ):
        raise _Lie("These sizes do not fit.")
    return facts, Image.frombuffer("RGB", size, pixels, "raw", "RGB", 0, 1)


def _facts(told: wire.Head, size: int) -> ImageFacts:
    mime, extension = images.kind_of(told["format"])
    quality = None if told["jpeg_quality"] is None else _number(told["jpeg_quality"], 100)
    width, height, frames = (_number(told[name]) for name in ("width", "height", "frames"))
    turned = _number(told["orientation"], 8)
    return ImageFacts(told["format"], mime, extension, width, height, frames, size, quality, turned)


def _number(value: object, most: int = 1 << 31) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise _Lie(f"{value!r} is no such number.")
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


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)
    small = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}  # address space is limited
    return kept | small | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
