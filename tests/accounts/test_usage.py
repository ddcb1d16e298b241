"""What a person used and what is left: the page and the API say the same."""

import pytest
from django.test import Client

from accounts import tokens
from accounts.audit import SYSTEM, Actor
from accounts.models import Scope
from detector import intake
from tests.factories import image_bytes

PAGE, API = "/accounts/usage/", "/api/v1/usage/"


@pytest.fixture
def limits(settings):
    settings.LIMITS = settings.LIMITS | {"uploads_per_day": 4, "reads_per_minute": 50, "bytes_kept": 10_000_000}


@pytest.fixture
def used(limits, scorer, owner):
    token, key = tokens.issue(SYSTEM, user=owner, name="script", scope=Scope.WRITE)
    for number, actor in enumerate((Actor(user=owner), Actor(user=owner, token=token), Actor(user=owner, token=token))):
        intake.submit(actor, owner=owner, name="a.jpg", data=image_bytes(seed=number))
    return key


def test_uploads_are_told_by_token_and_in_sum(used):
    said = Client().get(API, headers={"authorization": f"Bearer {used}"}).json()
    [uploads] = [one for one in said["limits"] if one["name"] == "uploads_per_day"]
    assert (uploads["used"], uploads["limit"], uploads["left"]) == (3, 4, 1)
    assert [(one["name"], one["today"]["uploads"]) for one in said["sources"]] == [(None, 1), ("script", 2)]
    assert said["sources"][1]["month"]["requests"] == 1  # this one


def test_what_is_kept_shrinks_with_a_deletion_and_what_was_handed_in_does_not(used, as_owner, owner):
    def lines():
        return {one["name"]: one["used"] for one in as_owner.get(API).json()["limits"]}

    before = lines()
    gone = owner.uploads.first()
    intake.delete(Actor(user=owner), upload=gone)
    after = lines()
    assert after["bytes_kept"] == before["bytes_kept"] - gone.original.bytes
    assert after["bytes_per_day"] == before["bytes_per_day"] > 0


def test_the_page_shows_figures_and_a_table(used, as_owner):
    text = as_owner.get(PAGE).content.decode()
    assert 'value="75"' in text
    assert "1 left." in text
    assert "script" in text


def test_nobody_sees_it_without_an_account(client, db):
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
    assert client.get(API).status_code == 401
