"""Have untrusted bytes read in a process of its own, which may crash, loop or starve and take nobody along.

A child is started when it is first needed, with a fresh interpreter (so it inherits no lock, no secret and no open
file), locked (`ml.locking`) and used again. One that dies, lies or takes too long is replaced. What brings it down
three times is refused; what takes too long, at once.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, TypeVar

from ml import wire

log = logging.getLogger(__name__)

ATTEMPTS = 3
ELSEWHERE = os.name == "posix"  # Windows has no such processes
_LIFE = 1_000  # files; then a fresh child: what a library leaks stays small
_SECONDS, _PATIENCE = 20, 60.0  # of processor time for one file; until this process waits no longer
_TO_START, _GRACE = 60.0, 0.5
_PIPE = 1 << 20
# Of the environment, which holds secrets, only what an interpreter may need to find its libraries.
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")

Answer = TypeVar("Answer")


class CannotStart(RuntimeError):
    """The process does not come up: the installation is at fault, and no file."""


class Unsafe(Exception):
    """Whoever was asked died of it, or took longer than it may."""


class Lie(Exception):
    """An answer that no child of ours gives: whoever speaks has been taken over, or is out of its mind."""


class Apart:
    """Any number of threads may ask; they take turns, so that one large file at a time is in memory."""

    what: ClassVar[str]  # the word for it in the log and in errors
    program: ClassVar[str]  # the module that runs there

    def __init__(
        self, memory: int, *, seconds: int = _SECONDS, patience: float = _PATIENCE, module: str | None = None
    ) -> None:
        """`memory`: bytes beside what the child holds when ready. `module`: the tests have one that misbehaves."""
        self._memory, self._seconds, self._patience = memory, seconds, patience
        self._module = module or self.program
        self._turn = threading.Lock()
        self._child: _Child | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def ask(
        self, head: wire.Head, data: bytes, most: int, believed: Callable[[wire.Head, bytearray], Answer]
    ) -> Answer:
        """What `believed` makes of the child's answer, whose body has at most so many bytes; it checks every word.

        Raises:
            Unsafe: see there.
            CannotStart: no child comes up.
            Other exceptions of `believed`, but for Lie.
        """
        with self._turn:
            for _ in range(ATTEMPTS):
                child = self._ready()
                try:
                    return believed(*child.ask(head | {"seconds": self._seconds}, data, most, self._patience))
                except (wire.Broken, Lie) as error:
                    self._end(child, len(data), error)
                    if child.overran:
                        break
        raise Unsafe

    def locks(self) -> list[str]:
        """Those that hold its child, which is started if there is none."""
        with self._turn:
            return self._ready().locks

    def close(self) -> None:
        """End the child; the next file starts another."""
        if self._child:
            self._child.end()
        self._child = None

    def _ready(self) -> "_Child":
        if self._child and (self._child.asked >= _LIFE or self._child.overran or self._child.status is not None):
            self.close()
        if self._child is None:
            self._child = _Child(self.what, self._module, self._memory)
            log.debug("%s %s: %s", self.what, self._child.pid, ", ".join(self._child.locks))
        return self._child

    def _end(self, child: "_Child", size: int, error: Exception) -> None:
        child.end(_GRACE if isinstance(error, wire.Broken) else 0.0)
        self._child = None
        how = "took too long" if child.overran else f"ended with {child.status}"
        log.warning("%s %s %s on a file of %s bytes (%s)", self.what, child.pid, how, size, error)


class _Child:
    """One process and its two pipes."""

    def __init__(self, what: str, module: str, memory: int) -> None:
        """Raises CannotStart."""
        self.asked, self.late = 0, False
        command = [sys.executable, "-P", "-m", module, str(memory)]
        try:
            self._process = _started(command)
        except OSError as error:  # the machine has no room for another process, or the interpreter is gone
            raise CannotStart(f"The {what} does not start ({error}).") from error
        self._widen()
        self.locks = self._greeting(what, " ".join(command))

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

    def _greeting(self, what: str, command: str) -> list[str]:
        watch = threading.Timer(_TO_START, self._lose_patience)
        watch.start()
        try:
            return [str(name) for name in wire.receive(self._process.stdout, 0)[0]["locks"]]  # type: ignore[arg-type]
        except (wire.Broken, KeyError, TypeError) as error:
            self.end()
            hint = "FAKEDETECT_DECODER=inline does without."
            raise CannotStart(f"The {what} does not start ({command}, status {self.status}). {hint}") from error
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


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)
    small = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}  # address space is limited
    return kept | small | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
