"""A bar on a terminal that somebody watches, on standard error; everywhere else nothing."""

import shutil
import sys
from types import TracebackType
from typing import Self


class Progress:
    def __init__(self, total: int, *, wanted: bool = True) -> None:
        self.stream = sys.stderr
        self.total, self.done = total, 0
        self.shown = wanted and total > 1 and self.stream.isatty()

    def __enter__(self) -> Self:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def step(self) -> None:
        self.done += 1
        self._draw()

    def clear(self) -> None:
        """Give the line back, so that something else can be written."""
        if self.shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    def _draw(self) -> None:
        if not self.shown:
            return
        width = max(10, min(40, shutil.get_terminal_size().columns - 24))
        full = width * self.done // max(1, self.total)
        self.stream.write(f"\r\x1b[K[{'#' * full}{'.' * (width - full)}] {self.done} of {self.total}")
        self.stream.flush()
