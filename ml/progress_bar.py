"""A bar on a terminal, a line now and then elsewhere: how much is done, how fast, and how long it takes yet."""

import time
from typing import TextIO

_WIDTH, _REDRAW, _LINE = 30, 0.2, 30.0  # characters; seconds between two bars, and between two lines


class ProgressBar:
    """Call it with what is done and the total. Needs no package, so that preparing runs where only serving does."""

    def __init__(self, stream: TextIO, what: str = "images") -> None:
        self._stream, self._what, self._bar = stream, what, stream.isatty()
        self._begun = self._shown = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show it, unless it was shown a moment ago; the last one always."""
        now = time.monotonic()
        if now - self._shown < (_REDRAW if self._bar else _LINE) and done < total:
            return
        self._shown = now
        text = f"{self._bar_of(done, total)}{done:,} of {total:,} {self._what}{self._pace(done, total, now)}"
        self._stream.write(f"\r\x1b[K{text}" if self._bar else f"{text}\n")
        if self._bar and done >= total:
            self._stream.write("\n")
        self._stream.flush()

    def _bar_of(self, done: int, total: int) -> str:
        if not self._bar:
            return ""
        full = _WIDTH * done // max(total, 1)
        return f"[{'#' * full}{'.' * (_WIDTH - full)}] "

    def _pace(self, done: int, total: int, now: float) -> str:
        seconds = now - self._begun
        if not done or seconds < 0.1:
            return ""
        return f", {done / seconds:,.0f} a second, {clock(seconds / done * max(total - done, 0))} left"


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
