"""Erasure on a site as it is run: real processes, a data base in a file, a log on the disk; and one that is killed."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import ROOT, environment, free_port, manage, running, wait_until

NAME, ADDRESS, PASSWORD, FILE = "Ottokar.Vex", "vex@heron.example", "a long enough password 1", "Heron before dawn.jpg"


@pytest.fixture
def env(tmp_path):
    env = {"FAKEDETECT_VAR": str(tmp_path / "var"), "FAKEDETECT_LOG_DIR": str(tmp_path / "log")}
    env |= {"FAKEDETECT_LEASE_SECONDS": "1"}
    (tmp_path / "log").mkdir()
    manage("bootstrap", env=env)
    return env


def serving(env, log):
    """Two web processes that write their log and their access log to a file, as an operator would have it."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "fakedetect_site.wsgi", "--bind", f"127.0.0.1:{port}"]
    env = environment(**env, FORWARDED_ALLOW_IPS="*")
    return running([*command, "--workers", "2"], env=env, stdout=log, stderr=log), f"http://127.0.0.1:{port}"


class Browser:
    """A person with a session: reads the token out of each form, as a browser does."""

    def __init__(self, address):
        self.address, self.session = address, requests.Session()

    def get(self, path, **options):
        return self.session.get(self.address + path, timeout=60, **options)

    def send(self, path, files=None, **form):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)[1]
        form |= {"csrfmiddlewaretoken": token}
        return self.session.post(self.address + path, data=form, files=files, timeout=60)


def sign_up(address) -> Browser:
    browser = Browser(address)
    passwords = {"password": PASSWORD, "repeated": PASSWORD}
    assert browser.send("/accounts/signup/", username=NAME, email=ADDRESS, **passwords).status_code == 200
    return browser


def left(folders, told) -> list[bytes]:
    """What of it is in any file below these folders, or in the name of one."""
    files = [path for folder in folders for path in Path(folder).rglob("*") if path.is_file()]
    whole = b"\n".join([*(str(path).encode() for path in files), *(path.read_bytes() for path in files)]).lower()
    return [one for one in told if one.lower() in whole]


def told_of(data: bytes) -> list[bytes]:
    import hashlib

    names = [form for one in (NAME, ADDRESS, FILE) for form in (one.encode(), requests.utils.quote(one).encode())]
    return [*names, hashlib.sha256(data).hexdigest().encode(), *(data[at : at + 32] for at in range(4000, 8000, 500))]


def state_of(env) -> tuple[str, int]:
    with sqlite3.connect(f"file:{env['FAKEDETECT_VAR']}/db.sqlite3?mode=ro", uri=True) as connection:
        return connection.execute("SELECT state, proven FROM privacy_erasure").fetchone()


def test_on_a_running_site_nothing_is_left_in_data_base_storage_and_logs(env):
    data, folders = image_bytes(seed=11), (env["FAKEDETECT_VAR"], env["FAKEDETECT_LOG_DIR"])
    with (Path(env["FAKEDETECT_LOG_DIR"]) / "site.log").open("wb") as log:
        server, address = serving(env, log)
        with server:
            wait_until(lambda: _answers(address), "the site", 120)
            browser = sign_up(address)
            browser.send("/upload/", files={"image": (FILE, data, "image/jpeg")})
            assert FILE in browser.get("/uploads/", params={"name": FILE}).text
            Browser(address).send("/accounts/login/", username=NAME, password="wrong")
            browser.get(f"/uploads/{'0' * 8}-0000-4000-8000-000000000000/")
            browser.send("/privacy/export/")
            time.sleep(1)  # the deep signals are under way
            assert set(left(folders, told_of(data))) >= {NAME.encode(), FILE.encode(), told_of(data)[-1]}
            page = browser.send("/privacy/account/erase/", sure="on", password=PASSWORD)
            assert "/privacy/erasures/" in page.url
            wait_until(lambda: "Certificate" in browser.get(page.url.removeprefix(address)).text, "the proof", 120)
            certificate = browser.get(page.url.removeprefix(address) + "certificate.json")
            assert left(folders, told_of(data)) == []
        assert "Shutting down" in (Path(env["FAKEDETECT_LOG_DIR"]) / "site.log").read_text()
    proof = json.loads(certificate.content)["proof"]
    assert (proof["clean"], proof["searched"]["logs"], proof["searched"]["data base files"]) == (True, 1, 2)
    assert left(folders, told_of(data)) == []
    assert "chain whole" in manage("verify_audit", env=env)
    file = Path(env["FAKEDETECT_LOG_DIR"]) / "certificate.json"
    file.write_bytes(certificate.content)
    assert "not a byte was changed" in manage("verify_report", str(file), env=env)


def _answers(address) -> bool:
    try:
        return requests.get(f"{address}/health/live/", timeout=5).ok
    except requests.RequestException:  # not yet, or the machine is busy
        return False


SLOW = """
import os, sys, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fakedetect_site.settings")
import django
django.setup()
from django.core.management import call_command
from privacy import erasing
from privacy.models import Kind
step = int(sys.argv[1])
steps = list(erasing.STEPS[Kind.ACCOUNT])
def slow(*args, act=steps[step]):
    found = act(*args)
    print("here", flush=True)
    time.sleep(60)
    return found
steps[step] = slow
erasing.STEPS[Kind.ACCOUNT] = tuple(steps)
call_command("erase_account", sys.argv[2], yes=True)
"""


@pytest.mark.parametrize("step", [1, 4, 6])
def test_one_that_is_killed_goes_on_at_the_next_round(env, step):
    data = image_bytes(seed=11)
    with (Path(env["FAKEDETECT_LOG_DIR"]) / "site.log").open("wb") as log:
        server, address = serving(env, log)
        with server:
            wait_until(lambda: _answers(address), "the site", 120)
            sign_up(address).send("/upload/", files={"image": (FILE, data, "image/jpeg")})
    command = [sys.executable, "-c", SLOW, str(step), NAME]
    with subprocess.Popen(command, cwd=ROOT, env=environment(**env), stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGKILL)
    assert state_of(env) == ("running", None)
    time.sleep(6)  # the lease of whoever died
    manage("sweep", env=env)
    assert state_of(env) == ("done", 1)
    assert left((env["FAKEDETECT_VAR"], env["FAKEDETECT_LOG_DIR"]), told_of(data)) == []
    assert "chain whole" in manage("verify_audit", env=env)
