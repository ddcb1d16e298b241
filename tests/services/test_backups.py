"""A back-up rehearsed: from a site that serves into an empty place, where everything is whole again."""

import shutil
import sqlite3
import subprocess
import sys

import pytest
import requests

from tests.factories import image_bytes
from tests.programs import ROOT, environment, manage, postgresql, site


def filled(env) -> tuple[str, dict]:
    """A site with three verdicts; a token of it, and the first of them."""
    manage("bootstrap", env=env)
    token = manage("issue_token", "admin", "--name", "test", env=env).strip()
    with site(env) as address:
        for seed in range(3):
            files = {"image": (f"{seed}.jpg", image_bytes(seed=seed))}
            answer = requests.post(f"{address}/api/v1/uploads/", headers=key(token), files=files, timeout=120)
            assert answer.status_code == 201, answer.text
    return token, answer.json()


def key(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refused(*arguments, env) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(**env), capture_output=True, text=True)
    assert done.returncode == 1, done.stdout
    return done.stderr


def rehearse(old, new, folder):
    """As docs/operate.md says it."""
    token, last = filled(old)
    manage("sweep", env=old)  # which signs the head of the history
    manage("back_up", str(folder), env=old)
    manage("restore", str(folder), env=new)
    manage("bootstrap", env=new)
    assert manage("check_integrity", "--digests", env=new) == ""
    assert "chain whole" in manage("verify_audit", env=new)
    with site(new) as address:
        path = last["links"]["api"].split("/api/", 1)[1]
        found = requests.get(f"{address}/api/{path}", headers=key(token), timeout=60).json()
        assert found["verdict"] == last["verdict"]


@pytest.fixture
def places(tmp_path):
    def place(name, **extra):
        return {"FAKEDETECT_VAR": str(tmp_path / name), "LOG_LEVEL": "ERROR", "FAKEDETECT_LEDGER": "off"} | extra

    return place


def test_a_back_up_is_whole_again_in_an_empty_place(places, tmp_path):
    folder = tmp_path / "back-up"
    old, new = places("old"), places("new")
    rehearse(old, new, folder)
    assert (tmp_path / "new" / "secret_key").read_text() == (tmp_path / "old" / "secret_key").read_text()
    assert (tmp_path / "new" / "report_key.pem").read_bytes() == (tmp_path / "old" / "report_key.pem").read_bytes()
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder).returncode == 0

    assert "is not empty" in refused("back_up", str(folder), env=old)
    assert "holds tables already" in refused("restore", str(folder), env=new)
    third = places("third", SECRET_KEY="another key than that of the back-up, and as long as one")
    assert "SECRET_KEY is not that of the back-up" in refused("restore", str(folder), env=third)
    with sqlite3.connect(folder / "database.sqlite3") as changed:
        changed.execute("UPDATE detector_analysis SET label = 'authentic'")
    assert "database.sqlite3 is missing or was changed" in refused("restore", str(folder), env=places("fourth"))
    shutil.rmtree(folder)


def test_a_back_up_of_postgresql_is_whole_again_in_an_empty_data_base(places, tmp_path):
    server = tmp_path / "server"
    server.mkdir()
    with postgresql(server) as url:
        rehearse(places("old", DATABASE_URL=url), places("new", DATABASE_URL=_fresh(url)), tmp_path / "back-up")


def _fresh(url: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE fresh")
    return url.rsplit("/", 1)[0] + "/fresh"
