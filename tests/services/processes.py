"""The processes below one, by what they are, and the memory that each kind held as time went by (Linux alone)."""

import os
import statistics
import threading
from collections import defaultdict
from pathlib import Path

_MARKS = {"decoder": "ml.decoder_child", "web": "gunicorn"}
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch(threading.Thread):
    """Looks every half second, from its start until it is left."""

    def __init__(self, master: int) -> None:
        super().__init__(daemon=True)
        self.master, self._left = master, threading.Event()
        self.held: dict[str, list[int]] = defaultdict(list)  # bytes by kind of process, one figure a look
        self.seen: dict[str, set[int]] = defaultdict(set)

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self.join()

    def run(self) -> None:
        while not self._left.wait(0.5):
            for kind, pids in self._below().items():
                self.seen[kind] |= pids
                self.held[kind].append(sum(map(_resident, pids)))

    def pids(self, kind: str) -> set[int]:
        return self._below()[kind]

    def steady(self, kind: str) -> tuple[float, float, float]:
        """Megabytes in the second tenth of the time, in its last tenth, and how many times as much that is."""
        looks = self.held[kind]
        tenth = max(len(looks) // 10, 1)
        early, late = (statistics.median(part) / 1e6 for part in (looks[tenth : 2 * tenth] or looks, looks[-tenth:]))
        return early, late, late / max(early, 1e-9)

    def _below(self) -> dict[str, set[int]]:
        parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
        found: dict[str, set[int]] = {kind: set() for kind in (*_MARKS, "other")}
        for pid in parents:
            if pid != self.master and self.master in _line(pid, parents):
                found[_kind(pid)].add(pid)
        return found


def _line(pid: int, parents: dict[int, int]) -> list[int]:
    line = [pid]
    while line[-1] in parents:
        line.append(parents[line[-1]])
    return line


def _kind(pid: int) -> str:
    said = _read(Path(f"/proc/{pid}/cmdline"))
    return next((kind for kind, mark in _MARKS.items() if mark in said), "other")


def _parent(path: Path) -> int:
    rest = _read(path / "stat").rpartition(")")[2].split()
    return int(rest[1]) if len(rest) > 1 else 0


def _resident(pid: int) -> int:
    rest = _read(Path(f"/proc/{pid}/statm")).split()
    return int(rest[1]) * _PAGE if len(rest) > 1 else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return ""
