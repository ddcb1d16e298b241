"""Two uploads in a browser: chosen in the history by keyboard, compared, and uncovered with the slider."""

import pytest
from playwright.sync_api import expect

from detector.models import Upload
from tests.e2e.conftest import check_page
from tests.ml.making import as_bytes
from tests.ml.test_overlay import altered, scene

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three(submit, owner):
    """Made by the real intake; the network is not what this is about."""
    for name, image in (("first.jpg", scene()), ("second.jpg", altered(scene())), ("third.jpg", scene(1))):
        submit(owner, as_bytes(image, quality=85), name)


def test_two_uploads_are_chosen_by_keyboard_and_compared(three, owner, page, log_in):
    log_in(page, owner)
    page.goto("/uploads/")
    button = page.locator("button", has_text="Compare two")  # out of sight on a phone until it can be pressed
    expect(button).to_be_disabled()
    for name in ("second.jpg", "first.jpg"):
        page.get_by_role("checkbox", name=f"Mark {name}").focus()
        page.keyboard.press("Space")
    expect(page.get_by_text("2 uploads marked.")).to_be_visible()
    third = page.get_by_role("checkbox", name="Mark third.jpg")
    third.check()
    expect(button).to_be_disabled()
    third.uncheck()
    check_page(page)
    button.press("Enter")
    page.wait_for_url("**/compare/?a=*")
    expect(page.get_by_text("These are copies of one picture.")).to_be_visible()
    expect(page.get_by_role("img", name="with 1 region outlined")).to_be_attached()
    check_page(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_slider_uncovers_one_picture_over_the_other(three, owner, open_page, log_in, size, scheme):
    page = log_in(open_page(size, scheme), owner)
    first, second = (Upload.objects.get(name=name).pk for name in ("first.jpg", "second.jpg"))
    page.goto(f"/compare/?a={first}&b={second}")
    slider, over = page.get_by_label("From A, left, to B, right"), page.locator("[data-wipe-over]")
    slider.focus()
    page.keyboard.press("Home")
    expect(over).to_have_css("clip-path", "inset(0px 0px 0px 0%)")
    page.keyboard.press("End")
    expect(over).to_have_css("clip-path", "inset(0px 0px 0px 100%)")
    expect(slider).to_have_attribute("aria-valuetext", "A on the left 100 percent, B on the rest")
    page.get_by_text("Where they differ, in words").click()
    expect(page.get_by_text("from the left")).to_be_visible()
    check_page(page)


def test_a_copy_above_the_verdict_leads_to_the_comparison(three, owner, page, log_in):
    log_in(page, owner)
    page.goto(f"/uploads/{Upload.objects.get(name='second.jpg').pk}/")
    page.get_by_role("link", name="Compare the two").click()
    expect(page.get_by_role("heading", name="Two uploads compared")).to_be_visible()
