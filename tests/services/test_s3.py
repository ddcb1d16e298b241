"""Originals in S3 instead of a folder: the same site, told so by its environment alone."""

import re
import subprocess
import sys

import boto3
import pytest
import requests

from tests.factories import image_bytes
from tests.programs import environment, free_port, listens, manage, running, site, wait_until

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_S3_REGION_NAME": "us-east-1"}


@pytest.fixture
def bucket():
    """A bucket on a server that runs here, and what the environment must say."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        wait_until(lambda: listens(port), "the S3 server")
        address = f"http://127.0.0.1:{port}"
        store = boto3.resource(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        made = store.create_bucket(Bucket="pictures")
        yield made, KEYS | {"AWS_STORAGE_BUCKET_NAME": "pictures", "AWS_S3_ENDPOINT_URL": address}


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
