"""A signed address of the store, to which somebody may send one file themselves, and nothing else.

Signed are the key, the length, the type and the digest: the store itself refuses other bytes. It is made without
asking the store, so it costs no more than a few digests.
"""

import base64
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from detector.errors import Refused


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where the bytes go by PUT, with exactly these headers."""

    url: str
    headers: dict[str, str]


def ticket(path: str, *, size: int, sha256: str, mime: str) -> Ticket:
    """Let whoever holds this send these bytes to this path, for a short while.

    Raises:
        Refused: direct_off: the files of this site lie in a folder, which nobody else can write to.
    """
    if not settings.S3_BUCKET:
        raise Refused("direct_off", "This site keeps its files in a folder: send the image to POST /api/v1/uploads/.")
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    signed = {"Bucket": settings.S3_BUCKET, "Key": path, "ContentLength": size, "ContentType": mime}
    url = _client().generate_presigned_url(
        "put_object", Params=signed | {"ChecksumSHA256": digest}, ExpiresIn=settings.DIRECT_SECONDS
    )
    return Ticket(url, {"Content-Type": mime, "x-amz-checksum-sha256": digest})


def _client() -> Any:
    """With what the storage knows; its address may be another outside, and a signature holds for one alone."""
    store: Any = default_storage
    keys = store.access_key, store.secret_key, store.security_token
    return _made(settings.DIRECT_ENDPOINT or store.endpoint_url, store.region_name, *keys)


@cache
def _made(endpoint: str | None, region: str | None, access: str | None, secret: str | None, token: str | None) -> Any:
    import boto3  # where files lie in a folder, nobody loads it
    from botocore.config import Config

    # No other checksum than ours: whoever sends the bytes would have to send that one too.
    config = Config(signature_version="s3v4", request_checksum_calculation="when_required")
    keys = {"aws_access_key_id": access, "aws_secret_access_key": secret, "aws_session_token": token}
    return boto3.session.Session().client("s3", endpoint_url=endpoint, region_name=region, config=config, **keys)
