"""The services beside the site die, forget, and come back, with work under way."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import free_port, manage, postgresql, postgresql_at, redis, redis_at, site, wait_until
from tests.services.faults import check, halted, plain, post, sweep_until_answered, tell, worker


def test_redis_killed_and_come_back_empty(env):
    port = free_port()
    env |= {"CELERY_BROKER_URL": f"redis://127.0.0.1:{port}/0"}
    with redis_at(port) as broker, site(env) as address, worker(env):
        tell(env, "halt", "opening:originals")
        for seed in range(3):
            assert post(address, env, image_bytes(seed=seed)).status_code == 201
        halted(env)  # one is under way, two wait in a list that is lost now
        broker.kill()
        broker.wait(30)
        away = [post(address, env, image_bytes(seed=seed)) for seed in (3, 4)]
        assert [answer.status_code for answer in away] == [201, 201]
        tell(env, "halt", "")
        with redis_at(port):
            assert post(address, env, image_bytes(seed=5)).json()["status"] in ("queued", "running", "done")
            sweep_until_answered(env, address)
    check(env, "Redis killed", uploads=6, done=6, failed=0, files=12)


@pytest.fixture
def on_postgresql(shaky, tmp_path):
    """The same installation with its rows in PostgreSQL, and how to kill and start that."""
    folder = tmp_path / "pg"
    folder.mkdir()
    with postgresql(folder) as address:
        env = shaky | {"DATABASE_URL": address}
        manage("bootstrap", env=plain(env))
        yield env | {"TOKEN": manage("issue_token", "admin", "--name", "test", env=plain(env)).strip()}, folder


def _kill(folder: Path) -> None:
    """The first process of the cluster; its others end when they find it gone."""
    first = folder / "cluster" / "postmaster.pid"
    pids = [int(first.read_text().splitlines()[0])]
    pids += [int(pid) for pid in Path(f"/proc/{pids[0]}/task/{pids[0]}/children").read_text().split()]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(_lives(pid) for pid in pids), "the end of PostgreSQL")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_postgresql_killed_and_started_again(on_postgresql):
    env, folder = on_postgresql
    port = int(env["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0])
    with redis() as broker:
        env |= {"CELERY_BROKER_URL": broker}
        with site(env) as address, worker(env), ThreadPoolExecutor(1) as client:
            tell(env, "halt", "opening:originals")
            assert [post(address, env, image_bytes(seed=seed)).status_code for seed in range(3)] == [201] * 3
            halted(env)  # the worker has claimed one
            tell(env, "halt", "saved:thumbnails")
            answer = client.submit(post, address, env, image_bytes(seed=3))
            halted(env)  # and the site is about to write a row
            _kill(folder)
            tell(env, "halt", "")
            assert (answer.result().status_code, answer.result().headers["Retry-After"]) == (503, "30")
            assert answer.result().json()["error"]["code"] == "database_failed"
            page = requests.get(f"{address}/models/", timeout=30)
            assert page.status_code == 503
            assert "The data base of this site does not answer just now." in page.text
            assert requests.get(f"{address}/health/ready/", timeout=30).status_code == 503
            with postgresql_at(port, folder):
                wait_until(lambda: post(address, env, image_bytes(seed=4)).status_code == 201, "an upload")
                sweep_until_answered(env, address)
                check(env, "PostgreSQL killed", uploads=4, done=4, failed=0, files=8)


def test_a_disk_that_is_full(on_postgresql):
    """No file of the web process may grow beyond 100 kB: half a picture is written, as on a disk that fills up."""
    env, _ = on_postgresql
    large, small = image_bytes(width=1200, height=900, quality=95), image_bytes(seed=1)
    assert len(large) > 200_000 > 100_000 > len(small)
    with site(env, under=("prlimit", "--fsize=100000")) as address:
        for _ in range(3):
            answer = post(address, env, large)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_failed")
        assert post(address, env, small).status_code == 201
    check(env, "disk full", uploads=1, done=1, files=2)  # at once, without a sweep
    with site(env) as address:
        assert post(address, env, large).status_code == 201
    check(env, "disk freed", uploads=2, done=2, failed=0, files=4)
