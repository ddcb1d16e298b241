"""What each page and endpoint that lists something may ask of the data base, kept in query_budgets.toml."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, resolve

from accounts.models import ApiToken
from desk.models import Appeal, QueueItem
from detector.models import Batch, Case, ModelVersion, Upload
from learning.models import Rescoring
from notices.models import Endpoint
from tests.conftest import logged_in
from tests.site import crowd

FEW, MANY = 2, 30  # more than a page holds
BUDGETS = tomllib.loads((Path(__file__).parent / "query_budgets.toml").read_text())


@pytest.fixture
def crowded(owner, administrator, model):
    """`crowded(count)` fills the site up to so many rows of each kind; and who looks at it."""
    there = {"count": 0}

    def fill(count: int) -> None:
        crowd.grow(owner, administrator, model, range(there["count"], count))
        there["count"] = count
        cache.clear()

    people = {"owner": logged_in(owner), "administrator": logged_in(administrator)}
    return fill, people


def test_a_list_asks_as_much_for_many_rows_as_for_few(crowded):
    fill, people = crowded
    asked = {}
    for count in (FEW, MANY):
        fill(count)
        asked[count] = {address: _queries(people, address) for address in BUDGETS}
    grown = {one for one in BUDGETS if len(asked[FEW][one]) != len(asked[MANY][one])}
    assert not grown, "\n\n".join("\n".join(asked[MANY][one]) for one in grown)
    assert {one: len(asked[MANY][one]) for one in BUDGETS if len(asked[MANY][one]) > BUDGETS[one]["queries"]} == {}


def test_every_page_that_lists_something_has_a_budget(crowded):
    """Lists are found by looking: a page that shows more names when there are more is one."""
    fill, people = crowded
    known = {(BUDGETS[one]["reader"], resolve(_path(one)).view_name) for one in BUDGETS}
    fill(FEW)
    before = _listed(people)
    fill(MANY)
    after = _listed(people)
    lists = {key for key, shown in after.items() if shown > before.get(key, shown)}
    assert len(lists) > 15
    missing = {name for _, name in lists} - {name for _, name in known}
    assert not missing, f"give these a row in query_budgets.toml: {sorted(missing)}"


def _listed(people: dict[str, Client]) -> dict[tuple[str, str], int]:
    """How many names of the crowd stand on every page that can be opened, by reader and name of the page."""
    shown = {}
    for reader, client in people.items():
        for address in _addresses():
            told = address.format(**_arguments())
            response = client.get(told)
            if response.status_code == 200 and not response.streaming:
                shown[reader, resolve(told).view_name] = response.content.count(crowd.MARK.encode())
    return shown


def _addresses() -> Iterator[str]:
    """Every address of the site whose parameters are known here."""
    for path, name in _walk(get_resolver()):
        if _FILES.search(path):
            continue
        if not path.startswith(("/admin", "/health", "/static")) and "signup" not in path and "<" not in path:
            yield path
        elif (argument := _ARGUMENTS.get(name.split(":")[0] + ":" + _family(path))) and path.count("<") == 1:
            before, _, rest = path.partition("<")
            yield f"{before}{{{argument}}}{rest.partition('>')[2]}"


def _family(path: str) -> str:
    """The word before the first parameter: uploads, cases, items …"""
    return path.partition("<")[0].rstrip("/").rpartition("/")[2]


_FILES = re.compile(r"\.\w+$|/(image|preview|thumbnail|heatmap|docs|schema)/$")  # what is no list
_ARGUMENTS = {  # app and word before the parameter: whose key it is
    "detector:uploads": "upload",
    "detector:cases": "case",
    "detector:models": "model",
    "notices:webhooks": "endpoint",
    "notices-api:webhooks": "endpoint",
    "desk:items": "item",
    "desk-api:queue": "item",
    "appeals:uploads": "upload",
    "appeals:appeals": "appeal",
    "privacy:uploads": "upload",
    "learning:rescorings": "rescoring",
    "learning_api:rescorings": "rescoring",
    "api:uploads": "upload",
    "api:cases": "case",
    "api:batches": "batch",
    "accounts:tokens": "token",
}


def _walk(resolver: URLResolver, before: str = "/", space: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern).strip("^$").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path, pattern.namespace or space)
        elif "(?P" not in path:
            yield path, f"{space}:{pattern.name}"


def _arguments() -> dict[str, object]:
    """The first of each kind, in which all the others lie."""
    return {
        "upload": Upload.objects.order_by("-created_at")[0].pk,
        "case": Case.objects.order_by("-created_at")[0].pk,
        "model": ModelVersion.objects.get(is_current=True).version,
        "endpoint": Endpoint.objects.order_by("created_at")[0].pk,
        "item": QueueItem.objects.order_by("pk")[0].pk,
        "appeal": Appeal.objects.order_by("pk")[0].pk,
        "batch": Batch.objects.order_by("created_at")[0].pk,
        "rescoring": Rescoring.objects.all()[0].pk,
        "token": ApiToken.objects.order_by("pk")[0].pk,
    }


def _path(address: str) -> str:
    zero = dict.fromkeys(("upload", "case", "endpoint", "batch"), "00000000-0000-0000-0000-000000000000")
    whole = {"item": 1, "appeal": 1, "token": 1, "rescoring": zero["upload"], "model": "x"}
    return urlsplit(address.format(**zero, **whole)).path


def _queries(people: dict[str, Client], address: str) -> list[str]:
    client, told = people[BUDGETS[address]["reader"]], address.format(**_arguments())
    _answer(client, told)  # what is read once by each process is there
    with CaptureQueriesContext(connection) as asked:
        _answer(client, told)
    return [one["sql"] for one in asked.captured_queries]


def _answer(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    if response.streaming:
        b"".join(response.streaming_content)
