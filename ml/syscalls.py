"""What a locked process may still ask of the kernel: to compute, to talk over the pipes that it has, and to end.

A seccomp filter, written out here since the whole of it is one list. Whatever is not on the list fails with EPERM as if
it were forbidden to this user: files, sockets, new programs, other processes. On other processors than the two of the
table there is no filter.
"""

import ctypes
import os
import platform
import struct
from typing import NamedTuple

# System call: its number on x86-64 and on 64-bit ARM.
_ALLOWED = {
    "read": (0, 63), "write": (1, 64), "munmap": (11, 215), "brk": (12, 214), "futex": (202, 98), "madvise": (28, 233),
    "mremap": (25, 216), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "readv": (19, 65), "writev": (20, 66),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getcpu": (309, 168), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "times": (100, 153), "getrusage": (98, 165), "sysinfo": (99, 179), "uname": (63, 160), "getrandom": (318, 278),
    "getpid": (39, 172), "gettid": (186, 178), "set_robust_list": (273, 99), "rseq": (334, 293),
    "membarrier": (324, 283), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
_ABSENT = {"clone3": (435, 435)}  # ENOSYS has the C library start its threads with `clone`, whose flags can be seen
_SECCOMP = (317, 277)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the table, the kernel's name

_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_NO_NEW_PRIVILEGES, _SET_NAME = 38, 15  # of prctl
_THREAD, _EXECUTABLE, _ANY = 0x00010000, 0x4, 0xFFFFFFFF

Step = tuple[int, int, int, int]


class _Rule(NamedTuple):
    """A call that is allowed where an argument, masked, has one value."""

    numbers: tuple[int, int]
    argument: int
    mask: int
    value: int


def _rules(pid: int) -> list[_Rule]:
    return [
        _Rule((9, 222), 2, _EXECUTABLE, 0),  # mmap and mprotect: memory, but no code
        _Rule((10, 226), 2, _EXECUTABLE, 0),
        _Rule((56, 220), 0, _THREAD, _THREAD),  # clone: threads of this process, which HEIC and AVIF are decoded with
        _Rule((234, 131), 0, _ANY, pid),  # tgkill: abort() of this process
        _Rule((302, 261), 0, _ANY, 0),  # prlimit64: this process's own limits
        _Rule((157, 167), 0, _ANY, _SET_NAME),  # prctl: the name of a thread
    ]


def gain_nothing() -> bool:
    """No program that this process starts will have more rights than it has; a filter asks for that."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return bool(prctl(_NO_NEW_PRIVILEGES, *(ctypes.c_ulong(value) for value in (1, 0, 0, 0))) == 0)


def forbid() -> bool:
    """Leave this process, with all of its threads, the calls above for good. False where that is not possible."""
    here = _ARCHITECTURES.get(platform.machine())
    if here is None or not hasattr(os, "sched_getaffinity") or struct.calcsize("P") != 8:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    steps = _steps(*here, os.getpid())
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(held)))
    filter_of_all_threads = (ctypes.c_long(1), ctypes.c_long(1))  # SECCOMP_SET_MODE_FILTER, _FLAG_TSYNC
    return bool(libc.syscall(ctypes.c_long(_SECCOMP[here[0]]), *filter_of_all_threads, program) == 0)


def _steps(column: int, architecture: int, pid: int) -> list[Step]:
    """The program of the filter, for the kernel's little machine: code, jump if true, jump if false, value."""
    steps: list[Step] = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    for numbers in _ALLOWED.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _ALLOW)]
    for rule in _rules(pid):
        argument = (_LOAD, 0, 0, 16 + 8 * rule.argument)
        steps += [(_EQUAL, 0, 5, rule.numbers[column]), argument, (_AND, 0, 0, rule.mask)]
        steps += [(_EQUAL, 0, 1, rule.value), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _FAIL | _EPERM)]
    for numbers in _ABSENT.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _FAIL | _ENOSYS)]
    return [*steps, (_RETURN, 0, 0, _FAIL | _EPERM)]
