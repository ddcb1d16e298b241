"""What glibc is told, so that memory goes back to the machine."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what glibc does")
# Blocks of a picture's size, each below a small one that stays: free, they are nobody's and yet not the machine's.
CODE = """
import ctypes, sys
from pathlib import Path
from ml import memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
def block(size):
    place = libc.malloc(size)
    ctypes.memset(place, 1, size)
    return place
libc.free(block(8 << 20))  # from now on glibc takes such blocks from the heap
before, blocks, small = held(), [], []
for _ in range(20):
    blocks.append(block(4 << 20))
    small.append(block(100_000))
for one in blocks:
    libc.free(one)
for _ in range(int(sys.argv[1])):
    memory.trim()
print(held() - before)
"""


def left(requests: int) -> int:
    done = subprocess.run([sys.executable, "-c", CODE, str(requests)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize(("requests", "stays"), [(99, True), (100, False)])
def test_each_hundredth_request_gives_back_what_is_free(requests, stays):
    assert (left(requests) > 40 << 20) is stays


def test_threads_share_two_arenas():
    """Eight threads at once have eight by default; mallinfo counts the bytes of all, malloc_info lists them."""
    code = """
import ctypes, sys, tempfile, threading
from ml import memory
if sys.argv[1] == "few":
    memory.few_arenas()
libc = ctypes.CDLL(None)
libc.fopen.restype, libc.fopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
libc.malloc_info.argtypes, libc.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(8)
def work():
    together.wait()
    libc.malloc(200_000 // 4)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
with tempfile.NamedTemporaryFile() as file:
    stream = libc.fopen(file.name.encode(), b"w")
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(open(file.name).read().count("<heap nr="))
"""
    told = [subprocess.check_output([sys.executable, "-c", code, how], text=True) for how in ("few", "many")]
    assert int(told[0]) <= 2 < int(told[1])
