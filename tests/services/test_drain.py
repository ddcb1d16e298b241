"""Several processes counted as one, and ended in peace: what they hold is finished, nothing is left half done."""

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import environment, free_port, listens, manage, redis, running, site, wait_until

SECRET = "a secret of the watch"


@pytest.fixture
def installation(tmp_path):
    env = {"FAKEDETECT_VAR": str(tmp_path / "var"), "LOG_LEVEL": "ERROR", "FAKEDETECT_LEDGER": "off"}
    manage("bootstrap", env=env)
    return env | {"TOKEN": manage("issue_token", "admin", "--name", "test", env=env).strip()}


def counted(address: str) -> int:
    answer = requests.get(f"{address}/metrics", headers={"Authorization": f"Bearer {SECRET}"}, timeout=60)
    found = re.search(r'^fakedetect_requests_total\{status="200",view="live"\} ([\d.]+)$', answer.text, re.M)
    return int(float(found.group(1))) if found else 0


def test_processes_count_as_one_and_a_renewed_one_goes_on_counting(installation, tmp_path):
    (tmp_path / "temporary").mkdir()
    env = installation | {"METRICS_TOKEN": SECRET, "TMPDIR": str(tmp_path / "temporary")}
    with site(env, workers=2) as address:
        before = counted(address)
        for _ in range(20):
            requests.get(f"{address}/health/live/", timeout=60)
        assert [counted(address) - before for _ in range(4)] == [20] * 4
        (folder,) = (tmp_path / "temporary").glob("fakedetect-metrics-*")
        files = {path.name for path in folder.iterdir()}
        assert {name.split("_")[1] for name in files} <= {"0.db", "1.db"}
        for pid in _workers(address):
            subprocess.run(["kill", "-TERM", str(pid)], check=True)  # both; gunicorn puts others in their places
        wait_until(lambda: _answers(address) and counted(address) - before >= 20, "counters that go on")
        assert {path.name for path in folder.iterdir()} == files
    assert not list((tmp_path / "temporary").glob("fakedetect-metrics-*"))


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/health/ready/", timeout=60).ok
    except requests.ConnectionError:
        return False


def _workers(address: str) -> list[int]:
    """Those whose parent is the gunicorn that listens there."""
    port = address.rsplit(":", 1)[1]
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            command = (status.parent / "cmdline").read_bytes().decode()
            parent = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError):
            continue
        if f"127.0.0.1:{port}" in command and "gunicorn" in command:
            found[int(status.parent.name)] = parent
    return [pid for pid, parent in found.items() if parent in found]


def test_a_server_that_is_ended_answers_what_it_has_begun_to_read(installation):
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "fakedetect_site.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "1",
    ]
    body, head = _request(installation["TOKEN"])
    with running(
        command, env=environment(**installation), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        wait_until(lambda: listens(port) and _answers(f"http://127.0.0.1:{port}"), "the site")
        with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as line:
            line.sendall(head + body[: len(body) // 2])
            time.sleep(1)  # until its thread reads
            server.send_signal(signal.SIGTERM)
            time.sleep(1)
            line.sendall(body[len(body) // 2 :])
            assert line.recv(64).startswith(b"HTTP/1.1 201 ")
        assert server.wait(timeout=60) == 0
    assert _states(installation) == ["done"]


def _request(token: str) -> tuple[bytes, bytes]:
    made = requests.Request(
        "POST",
        "http://127.0.0.1/api/v1/uploads/",
        headers={"Authorization": f"Bearer {token}", "Host": "127.0.0.1", "Connection": "close"},
        files={"image": ("x.jpg", image_bytes())},
    ).prepare()
    head = "".join(f"{name}: {value}\r\n" for name, value in made.headers.items())
    return made.body, f"POST /api/v1/uploads/ HTTP/1.1\r\n{head}\r\n".encode()


def _states(env) -> list[str]:
    with closing(sqlite3.connect(Path(env["FAKEDETECT_VAR"]) / "db.sqlite3")) as rows:
        return [state for (state,) in rows.execute("SELECT state FROM detector_analysis ORDER BY state")]


def test_a_worker_that_is_ended_finishes_what_it_holds(installation):
    with redis() as broker:
        env = installation | {"CELERY_BROKER_URL": broker}
        with site(env) as address:
            for seed in range(6):
                files = {"image": ("x.jpg", image_bytes(seed=seed))}
                key = {"Authorization": f"Bearer {env['TOKEN']}"}
                assert (
                    requests.post(f"{address}/api/v1/uploads/", headers=key, files=files, timeout=60).status_code == 201
                )
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "fakedetect_site",
            "worker",
            "--concurrency",
            "1",
            "-l",
            "error",
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with running(command, env=environment(**env), **quiet) as worker:
            wait_until(lambda: "done" in _states(env), "the first verdict", seconds=120)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=60) == 0
    states = _states(env)
    assert states.count("done") >= 1
    assert set(states) <= {"done", "queued"}  # none is left under way, to be waited for until its lease ends
