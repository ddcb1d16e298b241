"""The client for asyncio. It walks the same steps as `Client` (client.py), which says what each method does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing, closing
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


class AsyncClient:
    """One site, as one person. Close it, or use it as a context."""

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
        self._http = httpx.AsyncClient(**options(self.config))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def me(self) -> Me:
        return await self._ask(calls.me())

    async def check(
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
        return await self._walk(core.check(source, told, wait, ledger, self._settings.retries))

    async def check_many(
        self,
        sources: Iterable[Source],
        *,
        jobs: int = 4,
        wait: float = PATIENCE,
        ledger: bool = False,
        **told: Unpack[Told],
    ) -> AsyncIterator[Checked]:
        """Check `jobs` at a time and tell of each when it is ready. `sources` may be endless: few are taken ahead.

        What is told is told of each; a key of your own makes no sense here.
        """
        told.pop("idempotency_key", None)
        retries = self._settings.retries
        running: set[asyncio.Task[Checked]] = set()
        try:
            for source in sources:
                running.add(asyncio.create_task(self._checked(source, core.check(source, told, wait, ledger, retries))))
                if len(running) >= jobs:
                    done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for one in done:
                        yield one.result()
            while running:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    yield one.result()
        finally:
            for one in running:
                one.cancel()

    async def upload(self, source: Source, **told: Unpack[Told]) -> Result:
        """Hand an image in; the verdict may still be under way. See `wait`."""
        return await self._walk(core.upload(source, told, self._settings.retries))

    async def wait(self, upload_id: str, *, seconds: float = PATIENCE, ledger: bool = False) -> Result:
        """Ask until there is a verdict (or none will come); with `ledger` until all of the evidence is there."""
        return await self._walk(core.wait(upload_id, seconds, ledger, self._settings.retries))

    async def get(self, upload_id: str) -> Result:
        return await self._ask(calls.get(upload_id))

    def list(self, **filters: Any) -> AsyncIterator[Result]:
        """Your uploads, newest first, of all pages. Filters as in the API: verdict, status, after, before, name, …"""
        return self._rows(calls.page, filters)

    async def delete(self, upload_id: str) -> None:
        await self._ask(calls.delete(upload_id))

    async def similar(self, upload_id: str) -> Similar:
        return await self._ask(calls.similar(upload_id))

    async def heatmap(self, upload_id: str) -> bytes:
        """A transparent PNG to lay over the picture."""
        return await self._ask(calls.heatmap(upload_id))

    async def evidence(self, upload_id: str, name: str) -> bytes:
        """The PNG of a finding: `name` is its `picture_name`."""
        return await self._ask(calls.picture(upload_id, name))

    async def original(self, upload_id: str, to: Target) -> None:
        """The bytes that were handed in, into a file."""
        with saved(to) as file:
            await self._ask(calls.original(upload_id, file))

    async def report_pdf(self, upload_id: str, *, private: bool = False) -> bytes:
        return await self._ask(calls.report(upload_id, "pdf", private))

    async def report_json(self, upload_id: str, *, private: bool = False) -> bytes:
        """Keep it byte for byte: a space more is no longer what was signed."""
        return await self._ask(calls.report(upload_id, "json", private))

    async def verify_report(self, source: Source) -> ReportCheck:
        return await self._walk(core.verify_report(source, self._settings.retries))

    def cases(self, **filters: Any) -> AsyncIterator[Case]:
        """The cases of which you are a member, newest first."""
        return self._rows(calls.cases, filters)

    async def case(self, case_id: str) -> Case:
        return await self._ask(calls.case(case_id))

    async def make_case(self, title: str, description: str = "") -> Case:
        return await self._ask(calls.make_case(title, description))

    async def add_to_case(self, case_id: str, upload_ids: Sequence[str]) -> int:
        """Put uploads in, and learn how many were not in it before."""
        return await self._ask(calls.fill_case(case_id, [*upload_ids]))

    def case_uploads(self, case_id: str, **filters: Any) -> AsyncIterator[Result]:
        return self._rows(lambda asked: calls.case_page(case_id, asked), filters)

    async def case_file(self, case_id: str, kind: str, to: Target) -> None:
        """`report.pdf`, `report.json` or `export.zip`, into a file."""
        with saved(to) as file:
            await self._ask(calls.case_file(case_id, kind, file))

    async def _checked(self, source: Source, steps: Steps[Result]) -> Checked:
        try:
            return Checked(source, await self._walk(steps))
        except FakeDetectError as error:
            return Checked(source, error=error)

    async def _rows(self, ask: Callable[[dict[str, Any]], Call[Page[T]]], filters: dict[str, Any]) -> AsyncIterator[T]:
        page = await self._ask(ask(filters))
        for row in page.results:
            yield row
        while page.next:
            page = await self._ask(ask(dict(page.next)))
            for row in page.results:
                yield row

    async def _ask(self, call: Call[T]) -> T:
        return await self._walk(core.ask(call, self._settings.retries))

    async def _walk(self, steps: Steps[T]) -> T:
        outcome: Outcome | None = None
        with closing(steps):
            try:
                while True:
                    outcome = await self._do(steps.send(outcome))
            except StopIteration as end:
                answer: T = end.value
                return answer

    async def _do(self, step: Step) -> Outcome | None:
        if isinstance(step, Sleep):
            await asyncio.sleep(step.seconds)
            return None
        try:
            request = request_of(self._http, step, self._settings)
            if step.into is None:
                return await self._http.send(request)
            return await self._download(request, step.into)
        except httpx.TransportError as error:
            return error

    async def _download(self, request: httpx.Request, into: BinaryIO) -> httpx.Response:
        async with aclosing(await self._http.send(request, stream=True)) as response:
            if not response.is_success:
                await response.aread()
                return response
            rewind(into)
            async for piece in response.aiter_bytes():
                into.write(piece)
            return response
