"""A storage that fails, is slow or is full, and clocks that jump."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import ROOT, environment, manage, redis, site, wait_until
from tests.services.faults import check, halted, hand_in, plain, post, sweep_until_answered, tell, worker


@pytest.mark.parametrize("fails", ["EIO _save _open exists delete", "ENOSPC _save"])
def test_a_storage_that_fails(env, fails):
    with site(env) as address:
        assert post(address, env, image_bytes(seed=0)).status_code == 201
        tell(env, "fails", fails)
        answers = [post(address, env, image_bytes(seed=seed)) for seed in (1, 2)]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert {answer.json()["error"]["code"] for answer in answers} == {"storage_failed"}
        assert {answer.headers["Retry-After"] for answer in answers} == {"30"}
        ready = requests.get(f"{address}/health/ready/", timeout=30)
        assert ready.status_code == (503 if "exists" in fails else 200)
        tell(env, "fails", "")
        check(env, "storage failed", uploads=1, done=1, files=2)  # what was refused left nothing
        assert [post(address, env, image_bytes(seed=seed)).status_code for seed in (1, 2)] == [201, 201]
    check(env, "storage came back", uploads=3, done=3, failed=0, files=6)


def test_a_disk_that_is_full_for_the_data_base_too(env):
    """No file may grow beyond 1 MB, the log of SQLite neither: sooner or later no row can be written any more."""
    statuses = []
    with site(env, under=("prlimit", "--fsize=1000000")) as address:
        while len(statuses) < 40 and statuses.count(503) < 3:
            statuses.append(post(address, env, image_bytes(seed=len(statuses))).status_code)
        assert requests.get(f"{address}/health/live/", timeout=30).status_code == 200
    print(f"disk full: {statuses}")
    assert set(statuses) == {201, 503}
    with site(env) as address:
        sweep_until_answered(env, address)
        assert post(address, env, image_bytes(seed=99)).status_code == 201
        wait_until(lambda: "whole storage: 0 removed" in _swept(env), "a storage in which nothing is left")
    found = check(env, "disk full and freed", failed=0)
    assert found["uploads"] == found["done"] >= statuses.count(201) + 1


def _swept(env) -> str:
    command = [sys.executable, "manage.py", "sweep", "--files"]
    return subprocess.run(command, cwd=ROOT, env=environment(**plain(env)), capture_output=True, text=True).stderr


def test_a_storage_that_fails_where_a_worker_reads(env):
    """The upload is answered, with a sentence; a person may ask for it again."""
    with redis() as broker:
        env |= {"CELERY_BROKER_URL": broker}
        with site(env) as address:
            tell(env, "fails", "EIO _open")
            assert post(address, env, image_bytes()).status_code == 201
            with worker(env):
                sweep_until_answered(env, address)
            headers = {"Authorization": f"Bearer {env['TOKEN']}"}
            row = requests.get(f"{address}/api/v1/uploads/", headers=headers, timeout=30).json()["results"][0]
    assert row["error"]["code"] == "analysis_failed"
    check(env, "storage failed for a worker", uploads=1, done=0, failed=1, files=2)


def test_a_storage_that_is_slow(env):
    """Others are answered meanwhile, and who waits gets a verdict."""
    with site(env) as address, ThreadPoolExecutor(2) as clients:
        tell(env, "slow", "1")
        answers = [clients.submit(post, address, env, image_bytes(seed=seed)) for seed in range(2)]
        begun = time.monotonic()
        assert requests.get(f"{address}/health/live/", timeout=30).status_code == 200
        beside = time.monotonic() - begun
        assert not any(answer.done() for answer in answers)
        assert [answer.result().status_code for answer in answers] == [201, 201]
        print(f"storage slow: {time.monotonic() - begun:.1f} s for two uploads, {beside:.2f} s beside them")
    tell(env, "slow", "")
    check(env, "storage slow", uploads=2, done=2, failed=0, files=4)


def _sweep(env) -> subprocess.Popen:
    """Without a broker a sweep does the work itself."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "sweep"], cwd=ROOT, env=environment(**env), stderr=subprocess.DEVNULL
    )


def test_a_clock_that_jumps_ahead_while_somebody_works(env):
    """The lease of one who is alive is over at once: another takes the work up, and one verdict counts."""
    hand_in(env, 2)
    tell(env, "halt", "opening:originals")
    with _sweep(env) as first:
        halted(env)
        tell(env, "clock", "86400")
        with _sweep(env) as second:
            halted(env)  # the same row, by its second attempt
            tell(env, "halt", "")
            assert [first.wait(90), second.wait(90)] == [0, 0]
    found = check(env, "clock ahead", uploads=2, done=2, failed=0, files=4)
    assert found["attempts"] == [1, 2]


def test_a_clock_that_ran_ahead_and_is_put_right(env):
    """Whoever claimed by the wrong clock died: their lease does not hold until that clock would strike."""
    hand_in(env, 2)
    tell(env, "clock", "31536000")
    tell(env, "halt", "opening:originals")
    with _sweep(env) as process:
        halted(env)
        process.send_signal(signal.SIGKILL)
    tell(env, "halt", "")
    tell(env, "clock", "")
    manage("sweep", env=plain(env))
    found = check(env, "clock put right", uploads=2, done=2, failed=0, files=4)
    assert found["attempts"] == [1, 2]


def test_a_clock_that_falls_back(env):
    """Written in the past or the future: the chain holds, whatever its times say."""
    with site(env) as address:
        for seed, clock in enumerate(("0", "-7200", "7200")):
            tell(env, "clock", clock)
            assert post(address, env, image_bytes(seed=seed)).status_code == 201
        tell(env, "clock", "")
        assert post(address, env, image_bytes(seed=3)).status_code == 201
    check(env, "clock back", uploads=4, done=4, failed=0, files=8)
