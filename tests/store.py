"""A store that speaks S3, on loopback, with one bucket in it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from tests.programs import environment, free_port, listens, running, wait_until

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_S3_REGION_NAME": "us-east-1"}


@contextmanager
def bucket() -> Iterator[tuple[Any, dict[str, str]]]:
    """The bucket, and what the environment of a site must say."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        wait_until(lambda: listens(port), "the S3 server")
        address = f"http://127.0.0.1:{port}"
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        store = boto3.resource("s3", endpoint_url=address, region_name="us-east-1", **keys)
        made = store.create_bucket(Bucket="pictures")
        yield made, KEYS | {"AWS_STORAGE_BUCKET_NAME": "pictures", "AWS_S3_ENDPOINT_URL": address}
