"""A value of the query that is misspelt is refused: passed over it would show what was not asked for."""

import pytest

from accounts.audit import Actor
from detector import cases

CASE = "/api/v1/cases/{case}/"


@pytest.mark.parametrize(
    ("address", "name", "good"),
    [
        ("/api/v1/uploads/", "all", "1"),
        ("/api/v1/cases/", "all", "0"),
        ("/api/v1/cases/", "closed", "0"),
        (f"{CASE}items/", "verdict", "authentic"),
        (f"{CASE}report.json", "verdict", "manipulated"),
        ("/api/v1/notices/", "unread", "0"),
        ("/api/v1/queue/", "page", "2"),
        ("/api/v1/reviews/", "page", "1"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(as_moderator, moderator, address, name, good):
    address = address.format(case=cases.make(Actor(user=moderator), title="The flood").pk)
    for bad in ("reel", "-1", "²"):
        error = as_moderator.get(address, {name: bad}).json()["error"]
        assert (error["code"], list(error["fields"])) == ("invalid", [name])
    for fine in (good, ""):
        if fine or name != "page":
            assert as_moderator.get(address, {name: fine}).status_code == 200
