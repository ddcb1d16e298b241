"""What the log keeps to itself: digests, addresses, rows that a data base quotes, queries of requests."""

import logging
import runpy

import pytest

from fakedetect_site.logs import DiscreetFormatter
from tests.programs import ROOT

DIGEST = "0123456789abcdef" * 4


def line_of(message: str, error: Exception | None = None) -> str:
    info = (type(error), error, None) if error else None
    return DiscreetFormatter("{message}", style="{").format(logging.makeLogRecord({"msg": message, "exc_info": info}))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"originals/01/{DIGEST}.jpg is missing", "originals/01/01234567….jpg is missing"),
        ("mail to anna.b+x@news.example.org failed", "mail to …@… failed"),
        ("DETAIL:  Failing row contains (7, Anna.jpg).", "DETAIL: …"),
        ("analysis 17 of upload 2b6f", "analysis 17 of upload 2b6f"),
    ],
)
def test_a_line_is_kept_without_what_erasure_could_not_reach(said, kept):
    assert line_of(said) == kept


def test_a_traceback_is_read_too():
    assert DIGEST not in line_of("broke", FileNotFoundError(f"/media/{DIGEST}.jpg"))


def test_a_line_says_when_in_utc():
    record = logging.makeLogRecord({"msg": "here", "created": 0.25, "msecs": 250.0})
    assert DiscreetFormatter("{asctime} {message}", style="{").format(record) == "1970-01-01T00:00:00.250Z here"


@pytest.mark.django_db
def test_an_address_cannot_write_a_line_of_its_own(client, caplog):
    client.get("/%0a2026-01-01 INFO forged")
    told = [DiscreetFormatter("{message}", style="{").format(record) for record in caplog.records]
    assert any("forged" in line for line in told)
    assert not any("\n" in line for line in told)


def test_the_access_log_has_no_queries_and_no_links_of_resets():
    logger = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["DiscreetLogger"]

    class Plain(logger):
        def __init__(self):
            pass

    for said, kept in (
        ("GET /uploads/?name=Anna.jpg&verdict= HTTP/1.1", "GET /uploads/?… HTTP/1.1"),
        ("GET /accounts/reset/Mg/c3-d4/ HTTP/1.1", "GET /accounts/reset/…/ HTTP/1.1"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(logger.__mro__[1], "atoms", lambda self, *args, said=said: {"r": said})
            assert Plain().atoms()["r"] == kept


def test_the_site_writes_its_log_with_it(settings):
    assert settings.LOGGING["formatters"]["line"]["()"] is DiscreetFormatter
