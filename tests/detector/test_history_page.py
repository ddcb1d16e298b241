"""The history: its filters in words, table and gallery, and the address that always says what is shown."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from detector.models import Upload

HISTORY = reverse("detector:history")


@pytest.fixture
def two(submit, owner):
    return [submit(owner, name=name, seed=seed) for seed, name in enumerate(("beach.jpg", "forest.jpg"))]


def chips(response) -> dict[str, tuple[str, str]]:
    return {one.label: (one.value, one.without) for one in response.context["active"]}


def test_each_filter_in_use_is_said_in_words_and_can_be_taken_away(two, as_owner):
    response = as_owner.get(HISTORY, {"q": "beach", "verdict": "ai_generated", "sort": "newest", "name": ""})
    found = chips(response)
    assert set(found) == {"Search", "Verdict"}
    words, without = found["Verdict"]
    assert words == "Likely AI-generated"
    assert parse_qs(urlsplit(without).query) == {"q": ["beach"], "sort": ["newest"]}
    assert without in response.content.decode().replace("&amp;", "&")


def test_without_filters_nothing_is_said(two, as_owner):
    assert chips(as_owner.get(HISTORY)) == {}


def test_it_shows_a_gallery_and_keeps_the_filters_when_that_changes(two, as_owner):
    response = as_owner.get(HISTORY, {"view": "gallery", "q": "beach"})
    page = response.content.decode()
    assert "gallery-card" in page
    assert "<table" not in page
    assert response.context["as_table"] == f"{HISTORY}?q=beach"
    assert '<input type="hidden" name="view" value="gallery">' in page


def test_the_address_that_a_script_pushes_has_no_empty_fields(two, as_owner):
    sent = {"q": "beach", "verdict": "", "after": "", "sort": "newest"}
    response = as_owner.get(HISTORY, sent, headers={"HX-Request": "true"})
    assert response["HX-Push-Url"] == f"{HISTORY}?q=beach&sort=newest"


def test_a_wrong_day_is_told_and_opens_the_filters(two, as_owner):
    page = as_owner.get(HISTORY, {"after": "yesterdayish"}).content.decode()
    assert 'class="filter-box" open' in page
    assert "yesterdayish" in page


def test_acts_go_back_to_the_list_as_it_was_filtered(two, as_owner):
    page = as_owner.get(HISTORY, {"q": "beach", "view": "gallery"}).content.decode()
    assert '<input type="hidden" name="back" value="q=beach&amp;view=gallery">' in page


def test_everybodys_history_offers_no_acts_that_are_the_owners(two, as_moderator):
    page = as_moderator.get(HISTORY, {"all": "1"}).content.decode()
    assert Upload.objects.first().name in page
    assert reverse("detector:bulk_tags") not in page
    assert reverse("detector:export", args=["csv"]) in page
