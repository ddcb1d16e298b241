"""A verdict and a history on paper: no navigation, no buttons, and words that can be read."""

import pytest
from playwright.sync_api import expect

from ml.serve import Finding
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PAPER = {"width": 718, "height": 1016}  # A4 at 96 pixels an inch, without its margins


def test_a_verdict_prints_without_what_can_only_be_clicked(scorer, submit, owner, open_page, log_in):
    scorer.deep = (Finding("noise", "silent", "The noise is even all over this picture, as far as can be told."),)
    taken = submit(owner, image_bytes(seed=3), name="beach.jpg")
    page = log_in(open_page(PAPER), owner)
    page.goto(f"/uploads/{taken.pk}/")
    page.emulate_media(media="print")
    expect(page.locator(".site-header nav")).to_be_hidden()
    expect(page.locator(".site-footer nav")).to_be_hidden()
    assert page.locator("main button").locator("visible=true").all_inner_texts() == []
    names = page.locator(".row-name").locator("visible=true").all()
    assert names
    assert max(name.bounding_box()["height"] for name in names) < 50  # a line or two, never a column of letters
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_history_prints_its_rows(scorer, submit, owner, open_page, log_in):
    submit(owner, image_bytes(seed=3), name="beach.jpg")
    page = log_in(open_page(PAPER), owner)
    page.goto("/uploads/")
    page.emulate_media(media="print")
    expect(page.locator("tbody .row-link")).to_contain_text("beach.jpg")
    expect(page.locator("tbody .row-link")).to_be_visible()
    expect(page.locator("main search")).to_be_hidden()
    assert page.locator("main button").locator("visible=true").all_inner_texts() == []
