"""A language that is written from right to left: the page is mirrored and still fits."""

import pytest
from playwright.sync_api import Page, expect

from detector.models import Upload
from tests.e2e.conftest import check_page
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def arabic(settings, page, live_server):
    """A page of a site that speaks Arabic as well; its words are English until somebody translates them."""
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "Arabic")]
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "ar", "url": live_server.url}])
    return page


def is_mirrored(page: Page) -> bool:
    """The site's name stands where one begins to read."""
    box = page.locator(".site-header a").first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2 > page.viewport_size["width"] / 2


def test_pages_are_mirrored_and_fit(scorer, submit, owner, arabic, log_in):
    taken: Upload = submit(owner, image_bytes(seed=3), name="beach.jpg")
    for address in ("/", "/help/", "/accounts/signup/"):
        arabic.goto(address)
        expect(arabic.locator("html")).to_have_attribute("dir", "rtl")
        assert is_mirrored(arabic), address
        check_page(arabic)
    log_in(arabic, owner)
    for address in ("/upload/", "/uploads/", f"/uploads/{taken.pk}/", "/dashboard/", "/models/"):
        arabic.goto(address)
        assert is_mirrored(arabic), address
        check_page(arabic)
