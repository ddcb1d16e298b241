"""Clients that send pictures: as fast as they are taken (closed loop), or at a rate of their own (open loop)."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

from bench.stand import Side

T = TypeVar("T")
_BOUNDARY = "fakedetect-bench-boundary"
_KIND = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
_AHEAD = 24  # verdicts owed at which clients hold back: workers never run dry, and no queue grows


@dataclass
class Sender:
    """Sends the pictures one after the other, each by whichever thread is free; counts what was taken."""

    side: Side
    files: Iterator[bytes]
    sent: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def closed(self, clients: int, seconds: float, waiting: Callable[[], int] = lambda: 0) -> None:
        """So many clients at a time, each with its next picture as soon as the last was taken."""
        deadline = time.monotonic() + seconds
        _together([lambda: self._while(lambda: time.monotonic() < deadline, waiting)] * clients)

    def all(self, clients: int, number: int) -> None:
        """So many pictures, by so many clients."""
        turns = iter(range(number))
        _together([lambda: self._while(lambda: self._taken(turns) is not None, lambda: 0)] * clients)

    def _while(self, goes_on: Callable[[], bool], waiting: Callable[[], int]) -> None:
        with closing(self.connect()) as connection:
            while goes_on():
                if waiting() > _AHEAD:
                    time.sleep(0.01)
                    continue
                self.post(connection, self.next())

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.side.port, timeout=120)

    def opened(self, rate: float, seconds: float, clients: int = 32) -> dict[str, float]:
        """Pictures at random moments (Poisson), so many a second in the mean: when each was due, by its id.

        Seconds since the epoch. Who was late in sending is late: the time counts from when it was due.
        """
        moments, due = _poisson(rate, time.time() + 0.5, seconds), {}
        _together([lambda: self._at(moments, due)] * clients)
        return due

    def _at(self, moments: Iterator[float], due: dict[str, float]) -> None:
        while (moment := self._taken(moments)) is not None:
            data = self.next()
            time.sleep(max(0.0, moment - time.time()))
            with closing(self.connect()) as connection:  # one that was kept open may have been closed by the server
                due[json.loads(self.post(connection, data))["id"]] = moment

    def _taken(self, turns: Iterator[T]) -> T | None:
        with self._guard:
            return next(turns, None)

    def next(self) -> bytes:
        with self._guard:
            return next(self.files)

    def post(self, connection: http.client.HTTPConnection, data: bytes) -> bytes:
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{_BOUNDARY}--\r\n".encode()
        connection.request("POST", self.side.path, body, self.side.headers | _KIND)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{self.side.path} answered {answer.status}: {content[:200]!r}")
        with self._guard:
            self.sent += 1
        return content


def _poisson(rate: float, begin: float, seconds: float) -> Iterator[float]:
    chance, moment = random.Random(0), begin
    while (moment := moment + chance.expovariate(rate)) < begin + seconds:
        yield moment


def _together(acts: list[Callable[[], None]]) -> None:
    """Run them at once; the first error of any is raised here."""
    errors: list[BaseException] = []

    def guarded(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
