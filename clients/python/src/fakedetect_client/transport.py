"""What both clients tell httpx, and how a download reaches the disk."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from fakedetect_client.calls import Call
from fakedetect_client.config import Config
from fakedetect_client.retries import Retries

Target = str | os.PathLike[str]
_CONNECT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Settings:
    """`timeout`: seconds for which the site may say nothing."""

    timeout: float
    retries: Retries


def options(config: Config) -> dict[str, Any]:
    """No redirects: they would carry the token elsewhere, and turn a POST into a GET. Each call has its own timeout."""
    return {
        "base_url": f"{config.url}/api/v1/",
        "headers": {"Authorization": f"Bearer {config.token}", "User-Agent": _agent()},
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=20),
        "follow_redirects": False,
    }


def parts(call: Call[Any], settings: Settings) -> dict[str, Any]:
    timeout = httpx.Timeout(settings.timeout + call.patience, connect=_CONNECT)
    return call.parts() | {"timeout": timeout}


def request_of(http: httpx.Client | httpx.AsyncClient, call: Call[Any], settings: Settings) -> httpx.Request:
    """The token is the site's: another server never sees it."""
    request = http.build_request(**parts(call, settings))
    if call.elsewhere:
        del request.headers["Authorization"]
    return request


def rewind(into: BinaryIO) -> None:
    """What an attempt that broke off has written is not part of the file."""
    into.seek(0)
    into.truncate()


@contextmanager
def saved(to: Target) -> Iterator[BinaryIO]:
    """A file that is there when it is whole, and not before."""
    target = Path(to)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".fakedetect-")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _agent() -> str:
    try:
        version = metadata.version("fakedetect-client")
    except metadata.PackageNotFoundError:  # used from a checkout
        version = "0"
    return f"fakedetect-client/{version} Python/{sys.version_info.major}.{sys.version_info.minor}"
