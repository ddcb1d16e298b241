"""The client that waits for its answers. `AsyncClient` (aio.py) walks the same steps with asyncio."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as first_of
from contextlib import closing
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar, Unpack

import httpx

from fakedetect_client import calls, config, core
from fakedetect_client.answers import Case, Checked, Me, Page, ReportCheck, Similar
from fakedetect_client.calls import Call
from fakedetect_client.core import PATIENCE, Sleep, Step, Steps, Told
from fakedetect_client.errors import FakeDetectError
from fakedetect_client.results import Result
from fakedetect_client.retries import Outcome, Retries
from fakedetect_client.sources import Source
from fakedetect_client.transport import Settings, Target, options, request_of, rewind, saved

T = TypeVar("T")


class Client:
    """One site, as one person. Close it, or use it as a context. Threads may share it."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 60.0,
        retries: Retries | None = None,
    ) -> None:
        self.config = config.find(url, token)
        self._settings = Settings(timeout, retries or Retries())
        self._http = httpx.Client(**options(self.config))
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up. Who waits for the next attempt in another thread stops waiting."""
        self._closed.set()
        self._http.close()

    def me(self) -> Me:
        return self._ask(calls.me())

    def check(
        self,
        source: Source,
        *,
        wait: float = PATIENCE,
        ledger: bool = False,
        **told: Unpack[Told],
    ) -> Result:
        """Hand an image in and wait at most `wait` seconds for its verdict; with `ledger` for all of the evidence.

        Raises:
            Rejected: the site does not take the file. AnalysisFailed, TimedOut, and the rest of `errors`.
        """
        return self._walk(core.check(source, told, wait, ledger, self._settings.retries))

    def check_many(
        self,
        sources: Iterable[Source],
        *,
        jobs: int = 4,
        wait: float = PATIENCE,
        ledger: bool = False,
        **told: Unpack[Told],
    ) -> Iterator[Checked]:
        """Check `jobs` at a time and tell of each when it is ready. `sources` may be endless: few are taken ahead.

        What is told is told of each; a key of your own makes no sense here.
        """
        told.pop("idempotency_key", None)
        retries = self._settings.retries
        stopped = threading.Event()  # so that who leaves early need not wait for the pauses of retries
        with ThreadPoolExecutor(jobs) as pool:
            running: set[Future[Checked]] = set()
            try:
                for source in sources:
                    running.add(
                        pool.submit(self._checked, source, core.check(source, told, wait, ledger, retries), stopped)
                    )
                    if len(running) >= jobs:
                        done, running = first_of(running, return_when=FIRST_COMPLETED)
                        yield from (one.result() for one in done)
                while running:
                    done, running = first_of(running, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in done)
            finally:
                stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def upload(self, source: Source, **told: Unpack[Told]) -> Result:
        """Hand an image in; the verdict may still be under way. See `wait`."""
        return self._walk(core.upload(source, told, self._settings.retries))

    def wait(self, upload_id: str, *, seconds: float = PATIENCE, ledger: bool = False) -> Result:
        """Ask until there is a verdict (or none will come); with `ledger` until all of the evidence is there."""
        return self._walk(core.wait(upload_id, seconds, ledger, self._settings.retries))

    def get(self, upload_id: str) -> Result:
        return self._ask(calls.get(upload_id))

    def list(self, **filters: Any) -> Iterator[Result]:
        """Your uploads, newest first, of all pages. Filters as in the API: verdict, status, after, before, name, …"""
        return self._rows(calls.page, filters)

    def delete(self, upload_id: str) -> None:
        self._ask(calls.delete(upload_id))

    def similar(self, upload_id: str) -> Similar:
        return self._ask(calls.similar(upload_id))

    def heatmap(self, upload_id: str) -> bytes:
        """A transparent PNG to lay over the picture."""
        return self._ask(calls.heatmap(upload_id))

    def evidence(self, upload_id: str, name: str) -> bytes:
        """The PNG of a finding: `name` is its `picture_name`."""
        return self._ask(calls.picture(upload_id, name))

    def original(self, upload_id: str, to: Target) -> None:
        """The bytes that were handed in, into a file."""
        with saved(to) as file:
            self._ask(calls.original(upload_id, file))

    def report_pdf(self, upload_id: str, *, private: bool = False) -> bytes:
        return self._ask(calls.report(upload_id, "pdf", private))

    def report_json(self, upload_id: str, *, private: bool = False) -> bytes:
        """Keep it byte for byte: a space more is no longer what was signed."""
        return self._ask(calls.report(upload_id, "json", private))

    def verify_report(self, source: Source) -> ReportCheck:
        return self._walk(core.verify_report(source, self._settings.retries))

    def cases(self, **filters: Any) -> Iterator[Case]:
        """The cases of which you are a member, newest first."""
        return self._rows(calls.cases, filters)

    def case(self, case_id: str) -> Case:
        return self._ask(calls.case(case_id))

    def make_case(self, title: str, description: str = "") -> Case:
        return self._ask(calls.make_case(title, description))

    def add_to_case(self, case_id: str, upload_ids: Sequence[str]) -> int:
        """Put uploads in, and learn how many were not in it before."""
        return self._ask(calls.fill_case(case_id, [*upload_ids]))

    def case_uploads(self, case_id: str, **filters: Any) -> Iterator[Result]:
        return self._rows(lambda asked: calls.case_page(case_id, asked), filters)

    def case_file(self, case_id: str, kind: str, to: Target) -> None:
        """`report.pdf`, `report.json` or `export.zip`, into a file."""
        with saved(to) as file:
            self._ask(calls.case_file(case_id, kind, file))

    def _checked(self, source: Source, steps: Steps[Result], stopped: threading.Event) -> Checked:
        try:
            return Checked(source, self._walk(steps, stopped))
        except FakeDetectError as error:
            return Checked(source, error=error)

    def _rows(self, ask: Callable[[dict[str, Any]], Call[Page[T]]], filters: dict[str, Any]) -> Iterator[T]:
        page = self._ask(ask(filters))
        yield from page.results
        while page.next:
            page = self._ask(ask(dict(page.next)))
            yield from page.results

    def _ask(self, call: Call[T]) -> T:
        return self._walk(core.ask(call, self._settings.retries))

    def _walk(self, steps: Steps[T], stopped: threading.Event | None = None) -> T:
        outcome: Outcome | None = None
        with closing(steps):
            try:
                while True:
                    outcome = self._do(steps.send(outcome), stopped or self._closed)
            except StopIteration as end:
                answer: T = end.value
                return answer

    def _do(self, step: Step, stopped: threading.Event) -> Outcome | None:
        if isinstance(step, Sleep):
            if stopped.wait(step.seconds):
                raise FakeDetectError("The client was told to stop meanwhile.")
            return None
        try:
            request = request_of(self._http, step, self._settings)
            return self._http.send(request) if step.into is None else self._download(request, step.into)
        except httpx.TransportError as error:
            return error

    def _download(self, request: httpx.Request, into: BinaryIO) -> httpx.Response:
        with closing(self._http.send(request, stream=True)) as response:
            if not response.is_success:
                response.read()
                return response
            rewind(into)
            for piece in response.iter_bytes():
                into.write(piece)
            return response
