"""Processes that die in the middle, are started twice, or are killed by what they read."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import ROOT, environment, manage, redis, site, wait_until
from tests.services.faults import check, hand_in, kill_at, plain, post, sweep_until_answered, tell, worker


def test_a_worker_killed_in_the_middle(env):
    """Three times, each while it reads an original that it has claimed; beside it the ledgers follow."""
    with redis() as broker:
        env |= {"CELERY_BROKER_URL": broker, "FAKEDETECT_LEDGER": "after"}
        with site(env) as address:
            for seed in range(4):
                assert post(address, env, image_bytes(seed=seed)).status_code == 201
            for _ in range(3):
                with worker(env) as process:
                    kill_at(env, "opening:originals")
                    process.wait(30)
                manage("sweep", env=plain(env))  # rings what waits: the bell of the one under way died too
            with worker(env):
                sweep_until_answered(env, address)
                wait_until(lambda: _ledgers_done(address, env), "the ledgers")
    found = check(env, "worker killed", uploads=4, done=4, failed=0)
    assert sum(found["attempts"]) > 4  # some were begun again


def _ledgers_done(address, env) -> bool:
    manage("sweep", env=plain(env))
    headers = {"Authorization": f"Bearer {env['TOKEN']}"}
    rows = requests.get(f"{address}/api/v1/uploads/", headers=headers, timeout=30).json()["results"]
    return all(row["ledger"] == "done" for row in rows)


STEPS = ("writing:originals", "saved:originals", "writing:thumbnails", "saved:thumbnails")


def test_a_web_process_killed_during_an_upload(env):
    """At every step between the first byte in the storage and the row; then the same files are handed in again."""
    with site(env) as address, ThreadPoolExecutor(1) as client:
        for seed, step in enumerate(STEPS):
            tell(env, "halt", step)
            answer = client.submit(post, address, env, image_bytes(seed=seed))
            kill_at(env, step)
            with pytest.raises(requests.ConnectionError):
                answer.result()
        left = [path for path in (Path(env["FAKEDETECT_VAR"]) / "media").rglob("*") if path.is_file()]
        assert len(left) == 6, left  # half an original; one; one and half a thumbnail; one and its thumbnail
        assert sum(path.parent.name == "unfinished" for path in left) == 2
        wait_until(lambda: (manage("sweep", "--files", env=plain(env)), _files(env) == [])[1], "an empty storage")
        check(env, "web killed, swept", uploads=0, files=0)
        for seed in range(len(STEPS)):
            assert post(address, env, image_bytes(seed=seed)).status_code == 201
    check(env, "web killed, handed in again", uploads=4, done=4, failed=0, files=8)


def test_files_of_a_killed_web_process_are_taken_for_nothing_else(env):
    """Without any sweep: what was left of the first try does not stand for the second."""
    with site(env) as address, ThreadPoolExecutor(1) as client:
        tell(env, "halt", "writing:originals")
        answer = client.submit(post, address, env, image_bytes())
        kill_at(env, "writing:originals")
        assert isinstance(answer.exception(), requests.ConnectionError)
        assert post(address, env, image_bytes()).status_code == 201
        sweep_until_answered(env, address)
        wait_until(lambda: (manage("sweep", "--files", env=plain(env)), len(_files(env)) == 2)[1], "two files")
    check(env, "web killed while it wrote", uploads=1, done=1, files=2)


def _files(env) -> list[Path]:
    return [path for path in (Path(env["FAKEDETECT_VAR"]) / "media").rglob("*") if path.is_file()]


def test_two_sweeps_at_once(env):
    hand_in(env, 6)
    stray = Path(env["FAKEDETECT_VAR"]) / "media" / "originals" / "ab" / f"{'ab' * 32}.jpg"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left")
    tell(env, "slow", "0.05")  # so that they meet
    command = [sys.executable, "manage.py", "sweep", "--files"]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=environment(**env), stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = [process.communicate(timeout=180)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert "broke" not in "".join(told)
    wait_until(lambda: (manage("sweep", "--files", env=plain(env)), not stray.exists())[1], "the stray file's end")
    check(env, "two sweeps", uploads=6, done=6, failed=0, attempts=[1] * 6, files=12)


def test_an_image_that_kills_the_worker_each_time(env):
    with redis() as broker:
        env |= {"CELERY_BROKER_URL": broker}
        digests = hand_in(env, 3)
        tell(env, "poison", digests[1])
        with site(env) as address, worker(env, pool="prefork"):
            sweep_until_answered(env, address, 120)
            headers = {"Authorization": f"Bearer {env['TOKEN']}"}
            rows = requests.get(f"{address}/api/v1/uploads/", headers=headers, timeout=30).json()["results"]
    ends = {row["file"]["sha256"]: row["error"] for row in rows}
    assert ends[digests[1]]["code"] == "gave_up"
    assert [ends[digests[0]], ends[digests[2]]] == [None, None]
    check(env, "poisoned image", uploads=3, done=2, failed=1, attempts=[1, 1, 3])


def test_pictures_of_an_examination_that_is_given_up(env):
    """Killed after its first picture of evidence was stored: no finding will ever name it."""
    env |= {"FAKEDETECT_LEDGER": "inline", "FAKEDETECT_MAX_ATTEMPTS": "1"}
    hand_in(env, 1)
    command = [sys.executable, "manage.py", "sweep"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(**env), stderr=subprocess.DEVNULL):
        kill_at(env, "saved:evidence")
    assert len(_files(env)) == 3
    wait_until(lambda: (manage("sweep", env=plain(env)), len(_files(env)) == 2)[1], "the picture's end")
    check(env, "examination given up", uploads=1, done=1, failed=0, files=2)
