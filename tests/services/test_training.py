"""A run is worked on by a process of its own: begun by the site without a broker, by a worker of its queue with one."""

import subprocess

import pytest

from tests.programs import manage, redis, wait_until
from tests.services.test_workers import worker

pytestmark = pytest.mark.slow

BEGIN = """
from learning import launching
from learning.models import TrainingRun
from detector import models_in_use
run = TrainingRun.objects.create(started_from=models_in_use.current(), only_new=True)
launching.ring(run)
"""
STATE = "from learning.models import TrainingRun; run = TrainingRun.objects.get(); print(run.state, run.error)"


@pytest.fixture
def installation(tmp_path):
    env = {"FAKEDETECT_VAR": str(tmp_path / "var"), "LOG_LEVEL": "ERROR"}
    manage("bootstrap", env=env)
    return env


def state(env) -> str:
    return manage("shell", "-v", "0", "-c", STATE, env=env).strip()


def waiting(broker: str, queue: str) -> int:
    port = broker.split(":")[2].split("/")[0]
    told = subprocess.run(["redis-cli", "-p", port, "llen", queue], capture_output=True, text=True, check=True)
    return int(told.stdout)


def test_without_a_broker_the_site_begins_a_process_that_outlives_it(installation):
    manage("shell", "-c", BEGIN, env=installation)  # ends at once; the process it began goes on
    wait_until(lambda: state(installation).startswith("failed"), "the end of the run", seconds=180)
    assert "No readable image" in state(installation)


def test_with_a_broker_a_worker_of_the_queue_takes_it_and_no_other(installation):
    with redis() as broker:
        env = installation | {"CELERY_BROKER_URL": broker}
        manage("shell", "-c", BEGIN, env=env)
        with worker(env):
            manage("shell", "-c", "from detector.tasks import sweep; sweep.delay()", env=env)
            wait_until(lambda: waiting(broker, "celery") == 0, "a worker that takes what is in its queue")
            assert (waiting(broker, "training"), state(env).split()[0]) == (1, "queued")
            with worker(env, "training"):
                wait_until(lambda: state(env).startswith("failed"), "the end of the run", seconds=180)
