"""Real programs for tests: found on the machine, started on loopback, stopped by their own handle."""

import glob
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def environment(**extra: str) -> dict[str, str]:
    """What an operator's shell has: the site's own settings, not those of the suite, plus `extra`."""
    ours = (
        "DJANGO_SETTINGS_MODULE",
        "FAKEDETECT_VAR",
        "FAKEDETECT_TEST_VAR",
        "PYTEST_XDIST_WORKER",
        "DJANGO_ALLOW_ASYNC_UNSAFE",
    )
    return {name: value for name, value in os.environ.items() if name not in ours} | extra


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: list[str], **options) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, cwd=options.pop("cwd", ROOT), **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def redis() -> Iterator[str]:
    port = free_port()
    with redis_at(port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def redis_at(port: int) -> Iterator[subprocess.Popen]:
    """Keeps nothing on the disk: started again at the same port it is empty."""
    program = shutil.which("redis-server") or pytest.skip("redis-server is not installed")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with running(command, stdout=subprocess.DEVNULL, cwd="/") as process:
        wait_until(lambda: listens(port), "Redis")
        yield process


@contextmanager
def postgresql(folder: Path, durable: bool = False) -> Iterator[str]:
    """A fresh cluster. PostgreSQL refuses to run as root, so root lends it the account `postgres`."""
    port = free_port()
    _init_cluster(folder)
    with postgresql_at(port, folder, durable):
        yield f"postgres://tester@127.0.0.1:{port}/postgres"


def _init_cluster(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    setup = [*_as_postgres("initdb"), "-D", folder / "cluster", "-U", "tester", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*setup, "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _as_postgres(program: str) -> list[str]:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or pytest.skip("PostgreSQL is not installed")
    account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return [*account, f"{found[-1]}/{program}"]


@contextmanager
def postgresql_at(port: int, folder: Path, durable: bool = False) -> Iterator[None]:
    """A cluster that is there already, also one whose last process was killed; `durable`: commits are on the disk."""
    options = [
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        f"unix_socket_directories={folder}",
        "-c",
        f"fsync={'on' if durable else 'off'}",
    ]
    command = [*_as_postgres("postgres"), "-D", str(folder / "cluster"), "-p", str(port), *options]
    with running(command, stderr=subprocess.DEVNULL, cwd="/"):
        wait_until(lambda: _accepts(port), "PostgreSQL")
        yield


def _accepts(port: int) -> bool:
    command = [*_as_postgres("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, check=False).returncode == 0


def manage(*arguments: str, env: dict[str, str]) -> str:
    """Run manage.py and return its standard output."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(**env), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def site(env: dict[str, str], workers: int = 1, under: Sequence[str] = ()) -> Iterator[str]:
    """The site as `make run` serves it, at will under a program that bounds it; yields its address."""
    port = free_port()
    command = [*under, sys.executable, "-m", "gunicorn", "fakedetect_site.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--access-logfile", "/dev/null"]
    with running(command, env=environment(**env), stderr=subprocess.DEVNULL):
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/health/live/"), "the site")
        yield address


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=5).status == 200
    except OSError:
        return False
