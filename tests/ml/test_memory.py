"""What glibc is told, so that memory goes back to the machine."""

import subprocess
import sys

import pytest

# Blocks of a picture's size between small ones that stay: by default they lie in the heap once one was freed there.
CODE = """
import ctypes, sys
from pathlib import Path
from ml.memory import give_back
if sys.argv[1] == "told":
    give_back()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
def block(size):
    place = libc.malloc(size)
    ctypes.memset(place, 1, size)
    return place
libc.free(block(8 << 20))  # from now on glibc takes such blocks from the heap, if it was not told otherwise
before, blocks, small = held(), [], []
for _ in range(20):
    blocks.append(block(4 << 20))
    small.append(block(100_000))
for one in blocks:
    libc.free(one)
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what glibc does")
@pytest.mark.parametrize(("how", "stays"), [("told", False), ("not told", True)])
def test_large_blocks_leave_although_small_ones_stay(how, stays):
    done = subprocess.run([sys.executable, "-c", CODE, how], capture_output=True, text=True, check=True)
    assert (int(done.stdout) > 40 << 20) is stays
