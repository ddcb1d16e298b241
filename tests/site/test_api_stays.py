"""What version 1 of the API promises stays, and what goes is told long before (docs/api.md)."""

import copy
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.http import parse_http_date
from drf_spectacular.generators import SchemaGenerator

from fakedetect_site.deprecations import DEPRECATED, NOTICE_DAYS
from tests.site.promises import KEPT, broken, lines
from tests.test_docs import API


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(public=True)


def test_nothing_that_was_promised_is_gone_and_nothing_new_is_asked(schema):
    """If it is meant to break: docs/api.md says when it may, `python -m tests.site.promises` writes the text anew."""
    before = KEPT.read_text().splitlines()
    assert len(before) > 500
    assert broken(before, lines(schema)) == []


def test_what_breaks_a_program_is_found_and_what_only_adds_is_not(schema):
    before = lines(schema)

    def after(change) -> list[str]:
        changed = copy.deepcopy(schema)
        change(changed["paths"], changed["components"]["schemas"])
        return broken(before, lines(changed))

    assert after(lambda paths, shapes: paths.pop("/api/v1/me/"))
    assert after(lambda paths, shapes: shapes["ReportShape"]["properties"].pop("verdict"))
    assert after(lambda paths, shapes: shapes["ReportShape"]["required"].remove("verdict"))
    assert after(lambda paths, shapes: shapes["ReportShape"]["properties"].update(id={"type": "integer"}))
    assert after(lambda paths, shapes: shapes["VerdictLabel"]["enum"].remove("inconclusive"))
    assert after(lambda paths, shapes: shapes["CaseRequestShapeRequest"]["required"].append("description"))
    assert after(lambda paths, shapes: paths["/api/v1/uploads/"]["get"]["parameters"].pop())
    assert after(lambda paths, shapes: paths["/api/v1/me/"]["get"]["responses"].pop("200"))
    assert not after(lambda paths, shapes: shapes["ReportShape"]["properties"].update(mood={"type": "string"}))
    assert not after(lambda paths, shapes: shapes["VerdictLabel"]["enum"].append("unheard_of"))
    assert not after(lambda paths, shapes: shapes.update(NewShapeRequest={"properties": {}, "required": ["a"]}))


@pytest.mark.parametrize("one", DEPRECATED, ids=lambda one: one.path)
def test_what_will_go_says_so_in_every_answer_in_the_schema_and_in_the_documentation(one, as_owner, client, schema):
    address = re.sub(r"\{\w+\}", "5d1c2f0e-8f64-4b0a-9a53-7d0f6a1c9e21", one.path)
    for who, status in ((client, 401), (as_owner, 404)):
        answer = who.generic(one.method, address)
        assert answer.status_code in (status, 403)
        told = datetime.fromtimestamp(int(answer["Deprecation"].removeprefix("@")), UTC)
        ends = datetime.fromtimestamp(parse_http_date(answer["Sunset"]), UTC)
        assert (told.date(), ends.date()) == (one.since, one.sunset)
        assert ends - told >= timedelta(days=NOTICE_DAYS)
        assert 'rel="deprecation"' in answer["Link"]
    assert schema["paths"][one.path][one.method.lower()]["deprecated"] is True
    method, path = one.instead.split(" ")
    assert method.lower() in schema["paths"][path]
    assert f"{one.method} {one.path.removeprefix('/api/v1/')}" in API.partition("## Versions")[2]


def test_what_stays_says_nothing(as_owner):
    answer = as_owner.get("/api/v1/me/")
    assert not {"Deprecation", "Sunset"} & set(answer.headers)
