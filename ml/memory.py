"""Memory that goes back to the machine: what glibc is told before threads begin to decode and score."""

import ctypes
import sys

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # of mallopt(3)
_LARGE = 1 << 20


def give_back() -> None:
    """Two arenas instead of eight a core, and large blocks apart, which leave as soon as they are free.

    By default a block of a picture's size comes to stand among small ones that stay, in each thread's arena anew.
    Nothing happens where there is no glibc.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_ARENA_MAX, 2)
        mallopt(_MMAP_THRESHOLD, _LARGE)
