"""What goes wrong inside a process of the site, when a test says so by a file in the folder FAULTS:

halt    "writing:originals": whoever gets there writes its number into `reached` and waits until this file is gone
fails   "EIO _save _open": these acts of the storage fail with this error
slow    "0.5": every act of the storage takes so many seconds longer
poison  a digest: whoever opens this original dies of a segmentation fault, as of a bug in a decoder
clock   "3600": the clock of the process, as `time.time` and `timezone.now` tell it, is so many seconds ahead
"""

import errno
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from fakedetect_site.folder_storage import WholeFiles
from fakedetect_site.storage_faults import Telling

FOLDER = Path(os.environ["FAULTS"])


def told(name: str) -> str:
    try:
        return (FOLDER / name).read_text()
    except FileNotFoundError:
        return ""


def shift_clock() -> None:
    real_time, real_now = time.time, timezone.now
    time.time = lambda: real_time() + float(told("clock") or 0)
    timezone.now = lambda: real_now() + timedelta(seconds=float(told("clock") or 0))


def halt_at(step: str, path: str) -> None:
    here = f"{step}:{path.split('/')[0]}"
    if told("halt") != here:
        return
    (FOLDER / "reached").write_text(str(os.getpid()))
    while told("halt") == here and os.getppid() != 1:  # nobody waits for a process whose parent is gone
        time.sleep(0.02)


class Halting(ContentFile):
    """Comes in two halves, between which a process may be halted."""

    def __init__(self, path: str, content: Any) -> None:
        super().__init__(content.read())
        self.stored_as = path

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        whole = self.file.getvalue()
        yield whole[: len(whole) // 2]
        halt_at("writing", self.stored_as)
        yield whole[len(whole) // 2 :]


class _Faulty(WholeFiles):
    def _save(self, name: str, content: Any) -> str:
        self._meet("_save")
        written = super()._save(name, Halting(name, content))
        halt_at("saved", name)
        return written

    def _open(self, name: str, mode: str = "rb") -> Any:
        self._meet("_open")
        halt_at("opening", name)
        if told("poison") and told("poison") in name:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super()._open(name, mode)

    def exists(self, name: str) -> bool:
        self._meet("exists")
        return super().exists(name)

    def delete(self, name: str) -> None:
        self._meet("delete")
        super().delete(name)

    def _meet(self, act: str) -> None:
        time.sleep(float(told("slow") or 0))
        error, *acts = (told("fails") or "none").split()
        if act in acts:
            code = getattr(errno, error)
            raise OSError(code, os.strerror(code))


class FaultyStorage(Telling, _Faulty):
    """Its failures are told as those of a real one are."""
