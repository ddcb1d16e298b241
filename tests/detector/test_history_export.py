"""The history as a file: what is ticked, else what the filters find; sent while it is read."""

import csv
import io
import json

import pytest
from django.urls import reverse

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import listing, tags
from detector.models import Upload

CSV, LINES = (reverse("detector:export", args=[form]) for form in ("csv", "jsonl"))


@pytest.fixture
def two(submit, owner):
    made = [submit(owner, name=name, seed=seed) for seed, name in enumerate(("beach.jpg", "=cmd.jpg"))]
    tags.add(Actor(user=owner), uploads=made[:1], names=["sea"])
    return made


def text(response) -> str:
    assert response.streaming
    return b"".join(response.streaming_content).decode()


def table(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(response).lstrip("\ufeff"))))


def test_the_table_has_a_row_of_each_and_runs_nothing(two, as_owner):
    rows = {row["id"]: row for row in table(as_owner.get(CSV))}
    assert rows[str(two[0].pk)]["tags"] == "sea"
    assert rows[str(two[0].pk)]["verdict"] == "ai_generated"
    assert rows[str(two[1].pk)]["name"] == "'=cmd.jpg"


def test_filters_choose_and_ticks_come_before_them(two, as_owner):
    assert [row["name"] for row in table(as_owner.get(CSV, {"back": "q=beach"}))] == ["beach.jpg"]
    ticked = {"back": "q=beach", "pick": str(two[1].pk)}
    assert [row["id"] for row in table(as_owner.get(CSV, ticked))] == [str(two[1].pk)]


def test_json_lines_are_the_reports_of_the_api(two, as_owner):
    told = [json.loads(line) for line in text(as_owner.get(LINES, {"back": "sort=oldest"})).splitlines()]
    assert [one["file"]["name"] for one in told] == ["beach.jpg", "=cmd.jpg"]
    assert told[0] == as_owner.get(reverse("api:upload-list")).json()["results"][1]


def test_it_holds_nothing_of_others_and_is_written_down(two, as_stranger, as_owner):
    assert table(as_stranger.get(CSV, {"back": "all=1"})) == []
    assert as_stranger.get(CSV, {"pick": str(two[0].pk)}).status_code == 404
    text(as_owner.get(CSV, {"back": "q=beach&verdict=ai_generated"}))
    assert AuditEvent.objects.filter(action="uploads.exported").latest("id").details == {
        "format": "csv",
        "filtered": ["q", "verdict"],
    }


def test_another_form_is_not_there(as_owner):
    assert as_owner.get(reverse("detector:export", args=["exe"])).status_code == 404


def test_a_long_history_is_read_in_pieces(two, owner, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(listing, "_AT_ONCE", 1)
    pieces = listing.export(Actor(user=owner), rows=Upload.objects.all(), form="jsonl", base="", filters=[])
    with django_assert_num_queries(6):  # the rows, and what hangs on the first
        next(pieces)
    with django_assert_num_queries(5):  # what hangs on the second was not read with it
        next(pieces)
