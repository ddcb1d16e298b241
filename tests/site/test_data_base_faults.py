"""A data base that is away is told apart from a statement that is wrong, by page and by API."""

import sqlite3

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from fakedetect_site.data_base_faults import away


def of(kind: type[Exception], cause: Exception) -> Exception:
    """As Django raises what its driver raised."""
    error = kind(*cause.args)
    error.__cause__ = cause
    return error


def sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("of SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (of(OperationalError, psycopg.OperationalError("server closed the connection unexpectedly")), True),
        (of(InterfaceError, psycopg.InterfaceError("connection already closed")), True),
        (of(OperationalError, psycopg.errors.AdminShutdown("the database system is shutting down")), True),
        (of(OperationalError, psycopg.errors.TooManyConnections("sorry, too many clients already")), True),
        (of(OperationalError, psycopg.errors.DiskFull("no space left on device")), True),
        (of(DatabaseError, psycopg.errors.UndefinedTable("no such relation")), False),
        (of(IntegrityError, psycopg.errors.UniqueViolation("twice")), False),
        (of(OperationalError, psycopg.errors.DeadlockDetected("two wait for each other")), False),
        (of(OperationalError, sqlite(sqlite3.SQLITE_BUSY)), True),
        (of(OperationalError, sqlite(sqlite3.SQLITE_IOERR_FSYNC)), True),
        (of(OperationalError, sqlite(sqlite3.SQLITE_CANTOPEN)), True),
        (of(OperationalError, sqlite(sqlite3.SQLITE_ERROR)), False),
        (ValueError("none of a data base"), False),
        (None, False),
    ],
)
def test_what_may_succeed_later_is_told_from_what_never_will(error, expected):
    assert away(error) is expected


def test_a_statement_that_is_wrong_is_a_bug_here_too(db):
    with pytest.raises(OperationalError if connection.vendor == "sqlite" else DatabaseError) as caught:
        connection.cursor().execute("SELECT nothing FROM nowhere")
    assert not away(caught.value)


def asked(address: str, error: Exception, **more):
    """The answer of a site whose every statement fails with this error."""

    def fail(*_args: object) -> None:
        raise error

    with connection.execute_wrapper(fail):
        return Client(raise_request_exception=False).get(address, **more)


GONE = of(OperationalError, psycopg.OperationalError("server closed the connection unexpectedly"))
CARD = reverse("detector:current_card")
WORDS = "The data base of this site does not answer just now. Try again later."


def test_a_page_says_when_to_come_back(db):
    answer = asked(CARD, GONE)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert WORDS in answer.content.decode()


def test_the_api_says_it_in_its_shape(db):
    answer = asked("/api/v1/uploads/", GONE, headers={"Authorization": "Bearer fd_nobody"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json() == {"error": {"code": "database_failed", "detail": WORDS, "fields": {}}}


@pytest.mark.parametrize("address", [CARD, "/api/v1/uploads/"])
def test_a_wrong_statement_stays_a_bug(db, address):
    wrong = of(OperationalError, sqlite(sqlite3.SQLITE_ERROR))
    answer = asked(address, wrong, headers={"Authorization": "Bearer fd_nobody"})
    assert answer.status_code == 500
    assert "Retry-After" not in answer
