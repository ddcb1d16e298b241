"""The dashboard: one's own figures, for moderators everybody's, as plots and as a table."""

import re

import pytest
from django.utils import timezone

from accounts.audit import Actor
from desk import queue
from overview import counting, plots, reading
from overview.models import PersonDay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counted(owner, stranger, model):
    day = counting.day_of(timezone.now())
    PersonDay.objects.create(owner=owner, day=day, authentic=6, inconclusive=2)
    PersonDay.objects.create(owner=stranger, day=day, manipulated=40)


def text(response):
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_it_asks_for_a_log_in(client):
    assert client.get("/dashboard/").status_code == 302


def test_a_person_sees_their_own_figures(as_owner, counted):
    told = text(as_owner.get("/dashboard/"))
    assert "Handed in and answered 8" in told
    assert "Inconclusive 25.0" in told
    assert "Waiting for review" not in told
    assert "Everybody" not in told


def test_asking_for_everybodys_shows_a_person_their_own(as_owner, counted):
    assert "Handed in and answered 8" in text(as_owner.get("/dashboard/?of=all"))


def test_a_moderator_sees_everybodys_and_the_queue(as_moderator, moderator, counted, submit, owner):
    queue.put(Actor(user=moderator), upload=submit(owner))
    told = text(as_moderator.get("/dashboard/?of=all"))
    assert "Handed in and answered 48" in told
    assert "Waiting for review 1" in told
    assert "One day is being counted again." in told


def test_an_unknown_period_is_the_first(as_owner, counted):
    assert '<option value="30" selected>' in as_owner.get("/dashboard/?days=7000000").content.decode()


def test_a_newcomer_is_led_to_the_upload(as_owner, model):
    html = as_owner.get("/dashboard/").content.decode()
    assert "Nothing came in during this time" in html
    assert 'href="/upload/"' in html.split("<main")[1]


def test_the_model_in_service_is_told_with_its_false_alarms(as_owner, model, counted):
    told = text(as_owner.get("/dashboard/"))
    assert model.version in told
    assert "False alarms: camera originals" in told


def test_without_a_model_the_page_still_opens(as_owner, db):
    assert "No model is in service yet." in text(as_owner.get("/dashboard/"))


def test_bars_share_one_scale_and_the_smallest_is_seen(owner):
    day = counting.day_of(timezone.now())
    PersonDay.objects.create(owner=owner, day=day, authentic=900, manipulated=1)
    spans = reading.spans(owner, days=30, width=1)
    top = plots.highest(spans, ["authentic", "manipulated"])
    assert top == 1000
    many, one, none = (plots.counts(spans, key, top) for key in ("authentic", "manipulated", "inconclusive"))
    assert many.bars[0].height == 90
    assert one.bars[0].height == 1.5
    assert none.bars == []
    assert many.bars[0].y + many.bars[0].height == plots.HEIGHT


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 5), (7, 10), (12, 20), (500, 500), (501, 1000)])
def test_an_axis_ends_at_a_round_figure(owner, most, top):
    PersonDay.objects.create(owner=owner, day=counting.day_of(timezone.now()), authentic=most)
    assert plots.highest(reading.spans(owner, days=30, width=1), ["authentic"]) == top


def test_the_page_takes_as_many_queries_for_many_days_as_for_one(as_owner, owner, model, django_assert_max_num_queries):
    from datetime import timedelta

    day = counting.day_of(timezone.now())
    PersonDay.objects.bulk_create(
        PersonDay(owner=owner, day=day - timedelta(days=past), authentic=past) for past in range(365)
    )
    as_owner.get("/dashboard/")
    with django_assert_max_num_queries(12):
        as_owner.get("/dashboard/?days=365")
