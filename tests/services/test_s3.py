"""Originals in S3 instead of a folder: the same site, told so by its environment alone."""

import hashlib
import re

import pytest
import requests
from fakedetect_client import Client

from tests import store
from tests.factories import image_bytes
from tests.programs import manage, site, wait_until


@pytest.fixture
def bucket():
    with store.bucket() as made:
        yield made


def test_an_upload_lives_and_dies_in_the_bucket(bucket, tmp_path):
    pictures, settings = bucket
    env = settings | {"FAKEDETECT_VAR": str(tmp_path), "LOG_LEVEL": "ERROR", "FAKEDETECT_LEDGER": "inline"}
    manage("bootstrap", env=env)
    token = manage("issue_token", "admin", "--name", "test", env=env).strip()
    headers, data = {"Authorization": f"Bearer {token}"}, image_bytes()
    with site(env) as address:
        url = f"{address}/api/v1/uploads/"
        made = requests.post(url, headers=headers, files={"image": ("x.jpg", data)}, timeout=60)
        assert made.status_code == 201, made.text
        assert made.json()["status"] == "done"
        shown = [row["picture"] for row in made.json()["evidence"] if row["picture"]]
        assert len(shown) == len(list(pictures.objects.filter(Prefix="evidence/")))
        digest, upload = made.json()["file"]["sha256"], f"{url}{made.json()['id']}/"
        keys = {entry.key for entry in pictures.objects.all() if not entry.key.startswith("evidence/")}
        assert keys == {f"originals/{digest[:2]}/{digest}.jpg", f"thumbnails/{digest[:2]}/{digest}.jpg"}
        assert requests.get(f"{upload}image/", headers=headers, timeout=60).content == data
        manage("check_integrity", "--digests", env=env)
        assert requests.delete(upload, headers=headers, timeout=60).status_code == 204
    assert list(pictures.objects.all()) == []
    assert not (tmp_path / "media" / "originals").exists()


def test_an_upload_is_erased_from_the_bucket_and_its_absence_proved(bucket, tmp_path):
    pictures, settings = bucket
    env = settings | {"FAKEDETECT_VAR": str(tmp_path), "LOG_LEVEL": "ERROR", "FAKEDETECT_LEDGER": "inline"}
    password = re.search(r"Password: +(\S+)", manage("bootstrap", env=env))[1]
    token = manage("issue_token", "admin", "--name", "test", env=env).strip()
    headers = {"Authorization": f"Bearer {token}"}
    with site(env) as address:
        url = f"{address}/api/v1/"
        files = {"image": ("Heron before dawn.jpg", image_bytes())}
        made = requests.post(f"{url}uploads/", headers=headers, files=files, timeout=60).json()
        asked = requests.post(
            f"{url}uploads/{made['id']}/erase/", headers=headers, json={"password": password}, timeout=60
        )
        assert asked.status_code == 202, asked.text
        where = f"{url}privacy/erasures/{asked.json()['id']}/"
        wait_until(lambda: requests.get(where, headers=headers, timeout=60).json()["proven"], "the proof")
    assert list(pictures.objects.all()) == []


def test_a_file_goes_to_the_bucket_past_the_site(bucket, tmp_path):
    """Sent by its owner to the address that the site signed, judged by the site, and gone from where it arrived."""
    pictures, settings = bucket
    env = settings | {"FAKEDETECT_VAR": str(tmp_path), "LOG_LEVEL": "ERROR", "FAKEDETECT_LEDGER": "off"}
    manage("bootstrap", env=env)
    token = manage("issue_token", "admin", "--name", "test", env=env).strip()
    headers, data = {"Authorization": f"Bearer {token}"}, image_bytes()
    digest = hashlib.sha256(data).hexdigest()
    with site(env) as address:
        told = {"name": "x.jpg", "size": len(data), "sha256": digest, "type": "image/jpeg"}
        ticket = requests.post(f"{address}/api/v1/uploads/direct/", headers=headers, json=told, timeout=60).json()
        sent = requests.request(ticket["method"], ticket["url"], headers=ticket["headers"], data=data, timeout=60)
        assert sent.status_code == 200, sent.text
        assert [entry.key for entry in pictures.objects.all()] == [f"direct/{ticket['id']}"]
        made = requests.post(ticket["complete"], headers=headers, json={"tags": ["press"]}, timeout=60)
        assert (made.status_code, made.json()["status"], made.json()["tags"]) == (201, "done", ["press"]), made.text
        with Client(address, token) as client:
            assert client.check(data, name="y.jpg", direct=True).raw["duplicate_of"] == made.json()["id"]
        keys = {entry.key for entry in pictures.objects.all()}
        assert keys == {f"originals/{digest[:2]}/{digest}.jpg", f"thumbnails/{digest[:2]}/{digest}.jpg"}
        manage("check_integrity", "--digests", env=env)
