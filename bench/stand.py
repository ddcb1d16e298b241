"""Sites to be measured, as real programs on loopback: ours with all its services, and the origin's design."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from ml.registry import shipped
from tests.programs import environment, free_port, listens, manage, postgresql, redis, running, wait_until

_PLENTY = str(10**12)  # limits that are counted and never reached
LIMITS = {
    f"FAKEDETECT_{name}": _PLENTY
    for name in ("READS_PER_MINUTE", "WRITES_PER_MINUTE", "UPLOADS_PER_MINUTE", "UPLOADS_PER_DAY", "BYTES_PER_DAY",
                 "BYTES_PER_MONTH")
}  # fmt: skip
_WAITING = "SELECT count(*) FROM detector_analysis WHERE state IN ('queued', 'running')"
UPLOADS = "/api/v1/uploads/"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Side:
    """One that is measured: where it takes pictures, with which headers, and the processes that do its work."""

    port: int
    path: str
    headers: dict[str, str]
    pids: tuple[int, ...]


class Stand:
    """Our site on PostgreSQL and Redis, files in a folder, two web processes; workers as they are asked for."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / "data").mkdir()
        database, broker = stack.enter_context(postgresql(folder / "data", durable=True)), stack.enter_context(redis())
        self.env = LIMITS | {
            "FAKEDETECT_VAR": str(folder / "var"), "DATABASE_URL": database, "CELERY_BROKER_URL": broker,
            "LOG_LEVEL": "ERROR", "FAKEDETECT_QUEUE_MINUTES": "1000",
        }  # fmt: skip
        self.headers = installed(self.env)
        self._rows = stack.enter_context(psycopg.connect(database, autocommit=True))
        self._services = [self._serving(database), self._serving(broker)]

    @contextmanager
    def web(self, processes: int = 2) -> Iterator[Side]:
        with gunicorn("fakedetect_site.wsgi", self.env, processes, []) as (port, pid):
            yield Side(port, UPLOADS, self.headers, (pid, *self._services))

    @contextmanager
    def workers(self, number: int) -> Iterator[tuple[int, ...]]:
        """Worker processes for verdicts alone: the deep signals wait in their queue, as at night they may not."""
        command = [sys.executable, "-m", "celery", "-A", "fakedetect_site", "worker", "--pool", "solo"]
        command += ["--queues", "celery", "-l", "error", "--without-gossip", "--without-mingle"]
        with ExitStack() as stack:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            made = [
                stack.enter_context(running([*command, "-n", f"w{i}"], env=environment(**self.env), **quiet))
                for i in range(number)
            ]
            yield tuple(process.pid for process in made)

    def waiting(self) -> int:
        """How many verdicts are owed."""
        return int(self.ask(_WAITING)[0][0])

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self._rows.execute(sql).fetchall()

    def _serving(self, address: str) -> int:
        """The process that listens where this address says."""
        port = int(re.findall(r":(\d+)", address)[-1])
        return next(pid for pid in _processes() if f" {port}" in f" {_command(pid)} " or f":{port}" in _command(pid))


def installed(env: dict[str, str]) -> dict[str, str]:
    """Prepare a site; the headers of its administrator."""
    manage("bootstrap", env=env)
    return {"Authorization": f"Bearer {manage('issue_token', 'admin', '--name', 'bench', env=env).strip()}"}


@contextmanager
def origin(network: str | None) -> Iterator[Side]:
    """The origin's design (origin_app.py): two sync workers, the network in the request; by default our own network."""
    env = {"ORIGIN_NETWORK": network or str(shipped() / "model.keras"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    plain = ["--config", "/dev/null", "--worker-class", "sync"]  # not our gunicorn.conf.py
    with gunicorn("bench.origin_app:app", env, 2, plain) as (port, pid):
        yield Side(port, "/predict", {}, (pid,))


@contextmanager
def gunicorn(application: str, env: dict[str, str], workers: int, extra: list[str]) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running([*command, *extra], env=environment(**env), **quiet) as process:
        wait_until(lambda: listens(port), "a server", seconds=120)
        yield port, process.pid


def processor_seconds(pids: Iterable[int]) -> float:
    """What these processes and all that they started have used so far, those included that have ended since."""
    parents = {pid: _fields(pid) for pid in _processes()}
    wanted = set(pids)
    while more := {pid for pid, fields in parents.items() if fields and int(fields[1]) in wanted} - wanted:
        wanted |= more
    return sum(sum(map(int, parents[pid][11:15])) for pid in wanted if parents.get(pid)) / _TICKS


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _fields(pid: int) -> list[str]:
    """Of /proc/PID/stat, from the state on; nothing of a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
