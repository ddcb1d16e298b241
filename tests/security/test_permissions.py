"""Every endpoint is asked as every role, and answers as permissions.txt says."""

import pytest

from tests.security import page, sending, table
from tests.security.asking import WORDS, word_of
from tests.security.endpoints import all_endpoints
from tests.security.roles import ROLES

pytestmark = pytest.mark.django_db
ENDPOINTS = all_endpoints()
TABLE = table.read()
CHANGING = [one for one in ENDPOINTS if one.method != "GET"]
OF_THE_API = [one for one in ENDPOINTS if one.route.startswith("/api/v1/")]
FORGED = {"/notices/unsubscribe/<str:token>/"}  # a mail program POSTs there by itself, with a signed address
BY_A_SECRET = {"/metrics"}  # no role opens it: tests/site/test_metrics.py
CLOSED = [one for one in ENDPOINTS if one.method == "GET" and TABLE.get(one, {}).get("stranger") != "yes"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_each_role_is_answered_as_the_table_says(endpoint, there):
    answered = {role: there.ask(endpoint, role) for role in ROLES}
    assert TABLE.get(endpoint) == answered, f"\n{table.row(endpoint, answered)}"


def test_the_table_has_a_row_for_each_endpoint_and_no_other():
    assert [str(one) for one in ENDPOINTS if one not in TABLE] == []
    assert [str(one) for one in TABLE if one not in ENDPOINTS] == []


def test_the_table_knows_no_other_word():
    assert {word for row in TABLE.values() for word in row.values()} <= WORDS.keys()


def test_somebody_is_allowed_whatever_is_asked():
    """Otherwise the request is bad, and proves nothing. In the admin much can be done by nobody."""
    barren = [one for one, row in TABLE.items() if "yes" not in row.values() and not one.route.startswith("/admin/")]
    assert [one for one in barren if one.route not in BY_A_SECRET] == []


def test_whoever_is_nobody_reaches_nothing_in_the_api():
    """A forgotten permission class, a view that forgets to ask whose a thing is: said once for all rows."""
    rows = {one: TABLE[one] for one in OF_THE_API if one.route != "/api/v1/schema/"}
    assert len(rows) > 90
    for row in rows.values():
        assert row["anonymous"] == row["expired"] == row["revoked"] == "401"
    assert {row["read-only"] for one, row in rows.items() if one.method != "GET"} == {"403"}


def test_a_stranger_does_not_learn_what_there_is():
    """403 would say that it exists. What is for moderators or administrators as a whole says 403 to everybody else."""
    told = {one.route for one, row in TABLE.items() if row["stranger"] == "403"}
    whole = ("/desk/", "/learning/", "/api/v1/queue/", "/api/v1/reviews/", "/api/v1/rescorings/", "/api/v1/shadows/")
    assert [route for route in told if not route.startswith((*whole, "/api/v1/drift/"))] == []


@pytest.mark.parametrize("endpoint", OF_THE_API, ids=str)
def test_a_token_that_may_write_is_answered_as_its_owner(endpoint, there):
    assert there.ask(endpoint, "writing") == TABLE[endpoint]["owner"]


@pytest.mark.parametrize("endpoint", CHANGING, ids=str)
def test_a_forged_request_changes_nothing(endpoint, there):
    """Of another site, with the cookies of whoever may the most."""
    answer = there.send(endpoint, there.client("administrator", enforce_csrf_checks=True))
    assert (answer.status_code == 403) != (endpoint.route in FORGED)


@pytest.mark.parametrize("endpoint", CLOSED, ids=str)
def test_what_get_closes_head_does_not_open(endpoint, there):
    for role in ("anonymous", "stranger"):
        told = word_of(there.send(endpoint, there.client(role), "HEAD"))
        assert told in (TABLE[endpoint][role], "405")


def test_options_of_the_api_ask_who_one_is(there):
    told = {one.route: there.client("anonymous").options(sending.address(one, there.world)) for one in OF_THE_API}
    assert {route for route, answer in told.items() if answer.status_code != 401} == {"/api/v1/schema/"}


def test_the_page_of_the_documentation_is_made_from_this_table():
    """Write it anew with `python -m tests.security.write`."""
    assert page.KEPT.read_text() == page.of(TABLE)


def test_the_table_stands_in_order():
    assert table.KEPT.read_text() == table.written(TABLE)
