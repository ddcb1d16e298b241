"""Webhooks of a real site: carried out by a thread of the server, by a worker, by whoever sweeps; lost by none."""

import json
import subprocess

import pytest
import requests

from tests.notices import receiver as programs
from tests.notices.receiver import Receiver, verified
from tests.programs import manage, redis, site, wait_until
from tests.services.test_workers import worker

pytestmark = pytest.mark.slow


@pytest.fixture
def installation(tmp_path):
    env = {"FAKEDETECT_VAR": str(tmp_path / "var"), "LOG_LEVEL": "ERROR", "FAKEDETECT_WEBHOOKS_PRIVATE": "1"}
    manage("bootstrap", env=env)
    return env | {"TOKEN": manage("issue_token", "admin", "--name", "test", env=env).strip()}


@pytest.fixture
def receiver():
    with Receiver() as program:
        yield program


def call(env, method, address, **body):
    headers = {"Authorization": f"Bearer {env['TOKEN']}"}
    answer = requests.request(method, address, headers=headers, json=body or None, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def hooked(env, address, receiver) -> tuple[str, str, dict]:
    """Make a webhook and have a test sent: its address, its secret, the delivery."""
    made = call(env, "POST", f"{address}/api/v1/webhooks/", url=receiver.url)
    hook = f"{address}/api/v1/webhooks/{made['id']}"
    return hook, made["secret"], call(env, "POST", f"{hook}/test/")


def state(env, hook) -> str:
    return call(env, "GET", f"{hook}/deliveries/")["results"][0]["state"]


def test_without_a_broker_a_thread_of_the_server_delivers(installation, receiver):
    with site(installation) as address:
        hook, secret, delivery = hooked(installation, address, receiver)
        wait_until(lambda: state(installation, hook) == "done", "the delivery")
    assert receiver.ids == [delivery["id"]]
    assert verified(secret, receiver.taken[0])
    assert json.loads(receiver.taken[0].body)["type"] == "test"


def test_a_worker_delivers_where_there_is_a_broker(installation, receiver):
    with redis() as broker:
        env = installation | {"CELERY_BROKER_URL": broker}
        with site(env) as address, worker(env):
            hook, secret, delivery = hooked(env, address, receiver)
            wait_until(lambda: state(env, hook) == "done", "the delivery")
    assert receiver.ids == [delivery["id"]]
    assert verified(secret, receiver.taken[0])


def test_a_delivery_survives_a_broker_that_forgets(installation, receiver):
    with redis() as broker:
        env = installation | {"CELERY_BROKER_URL": broker}
        with site(env) as address:
            hook, _, delivery = hooked(env, address, receiver)
            port = broker.split(":")[2].split("/")[0]
            subprocess.run(["redis-cli", "-p", port, "flushall"], check=True, stdout=subprocess.DEVNULL)
            with worker(env):
                assert state(env, hook) == "waiting"
                manage("sweep", env=env)
                wait_until(lambda: state(env, hook) == "done", "the delivery after a sweep")
    assert receiver.ids == [delivery["id"]]


def test_a_delivery_survives_a_server_that_is_stopped_in_the_middle_of_it(installation, receiver):
    """The receiver takes the event and stalls; the server goes away; a sweep sends it again, with the same id."""
    receiver.answers = [programs.stall, programs.OK]
    with site(installation) as address:
        _, _, delivery = hooked(installation, address, receiver)
        wait_until(lambda: len(receiver.taken) == 1, "the first attempt")
    again = "from notices.models import *; from django.utils import timezone; "
    again += "Delivery.objects.update(next_at=timezone.now()); Endpoint.objects.update(rest_until=None)"
    manage("shell", "-c", again, env=installation)  # what the minutes would do
    manage("sweep", env=installation)
    with site(installation) as address:
        rows = call(installation, "GET", f"{address}/api/v1/webhooks/")
        assert state(installation, f"{address}/api/v1/webhooks/{rows[0]['id']}") == "done"
    assert receiver.ids == [delivery["id"]] * 2
