"""Memory that goes back to the machine: what glibc is told before threads begin to decode and score, and now and then.

Large blocks could be kept apart (M_MMAP_THRESHOLD), so that they leave when they are free; but the kernel then fills
each with zeros anew, which cost a fifth of an upload's time (docs/operate.md#speed).
"""

import ctypes
import itertools
import sys
from typing import Any

_ARENA_MAX = -8  # of mallopt(3)
_EVERY = 100
_turns = itertools.count(1)


def few_arenas() -> None:
    """Two for all threads, instead of eight a core in which a picture's block comes to stand among small ones."""
    if mallopt := _of_glibc("mallopt"):
        mallopt(_ARENA_MAX, 2)


def trim(*_: Any, **__: Any) -> None:
    """After each hundredth request or task: give back what is free, wherever it stands. It takes milliseconds."""
    if next(_turns) % _EVERY == 0 and (malloc_trim := _of_glibc("malloc_trim")):
        malloc_trim(0)


def _of_glibc(name: str) -> Any:
    """A function of it, or None where there is no glibc."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
