"""One HTTP exchange with an address that was checked: no redirects, no proxies, no cookies, bounded in time and size.

Whoever follows a redirect has its address checked like the first, and begins another exchange within the same time.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from fakedetect_site.addresses import Checked, Place
from fakedetect_site.context import VERSION

HEADERS = 65_536  # bytes of an answer before its body


@dataclass(frozen=True, slots=True)
class Bounds:
    """Until when an exchange may last, by the monotonic clock, and how many bytes of the answer are read at most."""

    deadline: float
    bytes: int = HEADERS

    @classmethod
    def within(cls, seconds: float, bytes: int = HEADERS) -> "Bounds":
        return cls(time.monotonic() + seconds, bytes)

    @property
    def left(self) -> float:
        """Seconds that are left.

        Raises:
            TimeoutError: none.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class TooMuch(http.client.HTTPException):
    """The answer has more bytes than it may."""


@contextmanager
def exchange(
    method: str, place: Place, checked: list[Checked], bounds: Bounds, headers: Mapping[str, str], body: bytes = b""
) -> Iterator[http.client.HTTPResponse]:
    """Ask, and give the answer to read. The connection goes to a checked address, name and certificate are the host's.

    Raises:
        TimeoutError, ssl.SSLError, http.client.HTTPException, OSError: nothing of use came back.
    """
    connection = http.client.HTTPConnection(place.host, place.port)
    with _connected(place, checked, bounds) as raw:
        connection.sock = _Bounded(raw, bounds)  # all of a socket that is used
        connection.request(method, place.path, body or None, _headers(place, headers))
        yield connection.getresponse()


def words(error: Exception, seconds: float) -> str:
    """What went wrong, in a sentence that says nothing of our side.

    Raises:
        Exception: the error itself, where it is none of an exchange.
    """
    if isinstance(error, TimeoutError):
        return f"No answer within {seconds:g} seconds."
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", "") or error.reason
        return f"No safe connection: {reason}."[:200]
    if isinstance(error, http.client.RemoteDisconnected):
        return gettext_noop("It hung up without an answer.")
    if isinstance(error, http.client.HTTPException):
        return gettext_noop("What answered does not speak HTTP.")
    if isinstance(error, OSError):
        return f"No connection: {error.strerror or error}."[:200]
    raise error


def _headers(place: Place, headers: Mapping[str, str]) -> dict[str, str]:
    return {"Host": place.netloc, "User-Agent": f"FakeDetect/{VERSION}", "Connection": "close", **headers}


def _connected(place: Place, checked: list[Checked], bounds: Bounds) -> socket.socket:
    """To the first address that takes the call, each of them checked."""
    failure: OSError = OSError("it has no address")
    for one in checked:
        try:
            return _secured(place, _connect(one, bounds), bounds)
        except ssl.SSLError:
            raise
        except OSError as error:
            failure = error
    raise failure


def _connect(one: Checked, bounds: Bounds) -> socket.socket:
    raw = socket.socket(one.family, socket.SOCK_STREAM)
    try:
        raw.settimeout(bounds.left)
        raw.connect(one.where)
    except BaseException:
        raw.close()
        raise
    return raw


def _secured(place: Place, raw: socket.socket, bounds: Bounds) -> socket.socket:
    if not place.secure:
        return raw
    try:
        raw.settimeout(bounds.left)
        return ssl.create_default_context().wrap_socket(raw, server_hostname=place.host)
    except BaseException:
        raw.close()
        raise


class _Bounded:
    """As much of a socket as http.client needs; each call gets what is left of the time, not a time of its own."""

    def __init__(self, raw: socket.socket, bounds: Bounds) -> None:
        self._raw, self._bounds = raw, bounds

    def sendall(self, data: Any) -> None:
        self._raw.settimeout(self._bounds.left)
        self._raw.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._raw, self._bounds))

    def close(self) -> None:
        """The connection is closed by `exchange`, once the answer was read."""


class _Reader(io.RawIOBase):
    def __init__(self, raw: socket.socket, bounds: Bounds) -> None:
        self._raw, self._bounds, self._left_to_read = raw, bounds, bounds.bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left_to_read <= 0:
            raise TooMuch("an answer without an end")
        self._raw.settimeout(self._bounds.left)
        got = self._raw.recv_into(memoryview(buffer)[: self._left_to_read])
        self._left_to_read -= got
        return got
