"""The same service in a worker: Redis rings, the row is the queue, and nothing is lost when the bell is."""

import subprocess
import sys

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import environment, manage, redis, running, site, wait_until


@pytest.fixture
def installation(tmp_path):
    env = {"FAKEDETECT_VAR": str(tmp_path / "var"), "LOG_LEVEL": "ERROR"}
    manage("bootstrap", env=env)
    return env | {"TOKEN": manage("issue_token", "admin", "--name", "test", env=env).strip()}


def worker(env, queue="celery,later"):
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "fakedetect_site",
        "worker",
        "--pool",
        "solo",
        "-Q",
        queue,
        "-l",
        "error",
    ]
    return running(command, env=environment(**env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def upload(address, env, seed=0):
    answer = requests.post(
        f"{address}/api/v1/uploads/",
        headers={"Authorization": f"Bearer {env['TOKEN']}"},
        files={"image": ("x.jpg", image_bytes(seed=seed))},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def key(env):
    return {"Authorization": f"Bearer {env['TOKEN']}"}


def now(body, env):
    return requests.get(body["links"]["api"], headers=key(env), timeout=30).json()


def status(body, env):
    return now(body, env)["status"]


def test_a_worker_answers_what_the_request_queued(installation):
    with redis() as broker:
        env = installation | {"CELERY_BROKER_URL": broker}
        with site(env) as address, worker(env):
            body = upload(address, env)
            assert body["status"] == "queued"
            assert body["verdict"] is None
            wait_until(lambda: status(body, env) == "done", "the verdict")
            wait_until(lambda: now(body, env)["ledger"] == "done", "the ledger")
            events = requests.get(f"{body['links']['api']}timeline/", headers=key(env), timeout=30).json()["events"]
            assert {event["action"] for event in events} >= {"upload.created", "verdict", "ledger"}
            assert len({event["request_id"] for event in events}) == 1  # it goes with the work to the worker


def test_ledgers_wait_behind_verdicts(installation):
    """Celery takes from the list of urgent messages first, whatever came before into the other."""
    code = "from detector import tasks; tasks.examine.delay(1); tasks.examine.delay(2); tasks.analyze.delay(3)"
    with redis() as broker:
        manage("shell", "-c", code, env=installation | {"CELERY_BROKER_URL": broker})
        assert lengths(broker) == [1, 2]


def lengths(broker):
    """Of the list of verdicts, and of that of deep signals."""
    port = broker.split(":")[2].split("/")[0]
    asked = ["redis-cli", "-p", port, "eval", "return {redis.call('llen', KEYS[1]), redis.call('llen', KEYS[2])}"]
    told = subprocess.run([*asked, "2", "celery", "later\x06\x169"], capture_output=True, text=True, check=True)
    return [int(word) for word in told.stdout.split()]


def bells(broker):
    """How many ask for a verdict."""
    port = broker.split(":")[2].split("/")[0]
    asked = ["redis-cli", "-p", port, "lrange", "celery", "0", "-1"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.count("detector.tasks.analyze")


def test_rounds_ring_again_for_what_may_be_lost_and_for_nothing_else(installation):
    with redis() as broker:
        env = installation | {"CELERY_BROKER_URL": broker}
        with site(env) as address:
            for seed in range(3):
                upload(address, env, seed)
        for _ in range(2):
            manage("sweep", env=env)
        assert bells(broker) == 3
        port = broker.split(":")[2].split("/")[0]
        subprocess.run(["redis-cli", "-p", port, "flushall"], check=True, stdout=subprocess.DEVNULL)
        manage("sweep", env=env)
        assert bells(broker) == 3


def test_an_upload_survives_a_broker_that_forgets(installation):
    with redis() as broker:
        env = installation | {"CELERY_BROKER_URL": broker}
        with site(env) as address:
            body = upload(address, env)
            port = broker.split(":")[2].split("/")[0]
            subprocess.run(["redis-cli", "-p", port, "flushall"], check=True, stdout=subprocess.DEVNULL)
            with worker(env):
                assert status(body, env) == "queued"
                manage("sweep", env=env)
                wait_until(lambda: status(body, env) == "done", "the verdict after a sweep")


def test_an_upload_survives_a_broker_that_is_away(installation):
    env = installation | {"CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}
    with site(env) as address:
        body = upload(address, env)
        assert body["status"] == "queued"
        manage("sweep", env=installation)  # without a broker the sweep runs it itself
        assert status(body, env) == "done"


def test_without_a_broker_the_ledger_follows_the_answer(installation):
    with site(installation) as address:
        body = upload(address, installation)
        assert (body["status"], body["ledger"] in ("queued", "running")) == ("done", True)
        wait_until(lambda: now(body, installation)["ledger"] == "done", "the ledger")
        assert len(now(body, installation)["evidence"]) > len(body["evidence"])


def test_a_ledger_survives_a_server_that_is_stopped(installation):
    with site(installation) as address:
        bodies = [upload(address, installation, seed) for seed in range(3)]
    manage("sweep", env=installation)
    with site(installation) as address:
        found = [now({"links": {"api": f"{address}/api/v1/uploads/{body['id']}/"}}, installation) for body in bodies]
    assert [body["ledger"] for body in found] == ["done"] * 3
