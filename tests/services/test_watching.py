"""Errors and traces go where one says, with the request's id and without anything of people and files."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import ROOT, environment, manage, redis, site, wait_until
from tests.services.test_workers import worker
from tests.services.watcher import watching

ASKED = "trace-0123456789"
NAME = "Heron-before-dawn.jpg"


@pytest.fixture
def watcher():
    with watching() as found:
        yield found


@pytest.fixture
def env(tmp_path):
    found = {"FAKEDETECT_VAR": str(tmp_path / "var"), "LOG_LEVEL": "ERROR", "FAKEDETECT_LEDGER": "off"}
    manage("bootstrap", env=found)
    return found | {"TOKEN": manage("issue_token", "admin", "--name", "test", env=found).strip()}


def headers(env):
    return {"Authorization": f"Bearer {env['TOKEN']}", "X-Request-ID": ASKED}


def told(span):
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_trace_goes_from_the_request_through_the_queue_into_the_worker(watcher, env):
    with redis() as broker:
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{watcher.address}", "OTEL_BSP_SCHEDULE_DELAY": "200"}
        env |= traced | {"CELERY_BROKER_URL": broker}
        with site(env) as address, worker(env):
            files = {"image": (NAME, image_bytes())}
            answer = requests.post(f"{address}/api/v1/uploads/", headers=headers(env), files=files, timeout=60)
            assert answer.status_code == 201
            here = lambda: {span.name for span in watcher.spans}  # noqa: E731
            wait_until(lambda: {"POST api:upload-list", "detector.tasks.analyze"} <= here(), "both spans")
    spans = {span.name: span for span in watcher.spans}
    asked, done = spans["POST api:upload-list"], spans["detector.tasks.analyze"]
    assert (done.trace_id, done.parent_span_id) == (asked.trace_id, asked.span_id)
    assert told(done) == {"fakedetect.request_id": ASKED}
    expected = {"fakedetect.request_id": ASKED, "http.request.method": "POST", "http.response.status_code": 201}
    assert told(asked) == expected
    everything = b"".join(body for _path, body in watcher.got)
    for private in (NAME, env["TOKEN"], "admin", answer.json()["id"], answer.json()["file"]["sha256"], "127.0.0.1"):
        assert private.encode() not in everything


def test_an_error_is_told_with_its_place_and_without_what_was_asked(watcher, env):
    env |= {"SENTRY_DSN": f"http://0123456789abcdef@{watcher.address}/1"}
    with sqlite3.connect(f"{env['FAKEDETECT_VAR']}/db.sqlite3") as rows:
        rows.execute("DROP TABLE detector_savedview")
    rows.close()
    with site(env) as address:
        sent = {"name": NAME, "query": "q=heron"}
        answer = requests.post(f"{address}/api/v1/views/?q={NAME}", headers=headers(env), json=sent, timeout=60)
        assert answer.status_code == 500
        wait_until(lambda: watcher.events, "the event")
    events = [json.loads(line) for text in watcher.events for line in text.splitlines() if "exception" in line]
    [event] = [one for one in events if "exception" in one]
    errors = event["exception"]["values"]
    assert errors[-1]["type"] == "OperationalError"
    assert "views" in str([frame["function"] for frame in errors[-1]["stacktrace"]["frames"]])
    assert event["tags"] == {"request_id": ASKED}
    assert event.keys().isdisjoint({"request", "user", "breadcrumbs", "extra", "modules", "server_name"})
    everything = "".join(watcher.events)
    for private in (NAME, "q=heron", env["TOKEN"], "admin@", "no such table", "/api/v1/views/", '"vars"'):
        assert private not in everything, private


def test_nothing_is_sent_and_nothing_loaded_where_nobody_says_where_to(env):
    code = (
        "import fakedetect_site.wsgi, sys; print([m for m in ('sentry_sdk', 'opentelemetry.sdk') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(**env), capture_output=True, text=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("name", ["SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_set_without_its_packages_the_site_does_not_start_and_says_what_to_do(name, env, tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hide:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.partition('.')[0] in ('sentry_sdk', 'opentelemetry'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hide())\n"
    )
    asked = environment(**env, **{name: "http://key@127.0.0.1:9/1", "PYTHONPATH": os.fspath(hidden)})
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=asked, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{name} is set, and what it takes is missing: install requirements-watch.txt" in done.stderr
