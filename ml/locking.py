"""Give a process away: limits on what it may take, rights that it no longer has. There is no way back.

Each lock is tried by itself, since none holds everywhere: Linux knows all of them, macOS has no limit of memory and no
filter. `lock` tells which hold, so that nobody believes in one that does not.
"""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress

from ml import syscalls

_NOBODY = 65534
_MOST_SECONDS = 3_600  # of processor time in a whole life; each picture has fewer


def lock(memory: int) -> list[str]:
    """Lock this process, with `memory` bytes more than it holds now; the names of the locks that hold."""
    locks: dict[str, Callable[[], bool]] = {
        "ends first": _ends_first,
        "memory": lambda: _limit_memory(memory),
        "processor time": lambda: _limit("CPU", _MOST_SECONDS),
        "no dumps": lambda: _limit("CORE", 0),
        "no writing": lambda: _limit("FSIZE", 0),
        "no processes": lambda: sys.platform != "linux" and _limit("NPROC", 0),  # Linux counts threads too: the filter
        "no rights": _become_nobody,
        "no files": lambda: _limit("NOFILE", 0),  # nor sockets: whatever is opened is a descriptor
        "no calls": syscalls.forbid,
    }
    return [name for name, shut in locks.items() if shut()]


def allow_seconds(seconds: int) -> None:
    """So much processor time from now on; whoever goes on is killed."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    until = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (min(until, most) if most >= 0 else until, most))


def _limit(name: str, most: int) -> bool:
    which = getattr(resource, f"RLIMIT_{name}")
    with suppress(OSError, ValueError):
        resource.setrlimit(which, (most, most))
        return True
    return False


def _limit_memory(memory: int) -> bool:
    """Of address space, since what is reserved is all that a kernel counts reliably."""
    try:
        with open("/proc/self/statm") as numbers:
            held = int(numbers.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return False
    return _limit("AS", held + memory)


def _ends_first() -> bool:
    """Where the machine itself runs out of memory this process is the first that the kernel ends."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
        return True
    return False


def _become_nobody() -> bool:
    """Started as root: nobody's user and group. And nobody gains rights by starting a program."""
    try:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
    except OSError:  # root of a container that may not
        return False
    return sys.platform != "linux" or syscalls.gain_nothing()
