"""The client for asyncio walks the same steps."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakedetect_client import AsyncClient, NotFound, Rejected, Unreachable

from tests.clients.conftest import SOON
from tests.clients.flaky import saying


def run(act):
    """In a thread and a loop of its own: a browser of other tests may have left a loop running in this thread."""
    with ThreadPoolExecutor(max_workers=1) as alone:
        return alone.submit(asyncio.run, act).result()


def test_it_checks_reads_and_deletes(async_site, picture, tmp_path, settings):
    settings.REPORT_KEY = tmp_path / "key.pem"

    async def act():
        async with async_site() as site:
            result = await site.check(picture)
            assert (result.label, result.file.name) == ("ai_generated", "picture.jpg")
            assert (await site.me()).username == "owner"
            assert (await site.heatmap(result.id)).startswith(b"\x89PNG")
            assert (await site.verify_report(await site.report_pdf(result.id))).valid
            await site.original(result.id, tmp_path / "original.jpg")
            assert [one.id async for one in site.list()] == [result.id]
            case = await site.make_case("Fire of May")
            assert await site.add_to_case(case.id, [result.id]) == 1
            assert [one.id async for one in site.case_uploads(case.id)] == [result.id]
            await site.delete(result.id)
            with pytest.raises(NotFound):
                await site.get(result.id)

    run(act())
    assert (tmp_path / "original.jpg").read_bytes() == picture.read_bytes()


def test_it_checks_many_at_once(async_site, twenty, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"nothing")

    async def act():
        async with async_site() as site:
            return [one async for one in site.check_many([*sorted(twenty.iterdir()), broken], jobs=5)]

    found = run(act())
    assert len({one.result.id for one in found if one.result}) == 20
    assert [type(one.error) for one in found if one.error] == [Rejected]


def test_it_tries_again_and_waits_without_blocking(flaky):
    flaky.moods = [saying(503), saying(429, Retry_After="1"), saying(200, b'{"username": "owner"}')]

    async def act():
        ticks = 0
        async with AsyncClient(flaky.url, "fd_x", retries=SOON) as site:
            asked = asyncio.create_task(site.me())
            while not asked.done():
                await asyncio.sleep(0.05)
                ticks += 1
        return (await asked).username, ticks

    name, ticks = run(act())
    assert name == "owner"
    assert ticks >= 10


def test_a_failure_is_raised(flaky):
    async def act():
        async with AsyncClient("http://127.0.0.1:1", "fd_x", retries=SOON) as site:
            await site.me()

    with pytest.raises(Unreachable):
        run(act())


def test_both_clients_can_do_the_same():
    from fakedetect_client import Client

    def public(kind):
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(Client) == public(AsyncClient)
