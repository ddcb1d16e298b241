"""The journey of a share link: made, opened without an account, ended, gone."""

import pytest

from tests.e2e.conftest import SIZES, check_page, follow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_link_is_made_opened_by_anybody_and_ended(open_page, log_in, submit, owner, scheme):
    upload = submit(owner)
    mine = log_in(open_page(SIZES["phone" if scheme == "dark" else "desktop"], scheme), owner)
    mine.goto(f"/uploads/{upload.pk}/")
    follow(mine.get_by_role("link", name="Share"))
    mine.get_by_label("Show the image").check()
    follow(mine.get_by_role("button", name="Make the link"))
    check_page(mine)
    address = mine.locator("#address").inner_text()

    theirs = open_page(SIZES["desktop" if scheme == "dark" else "phone"], scheme)
    theirs.goto(address)
    theirs.get_by_role("heading", level=1).wait_for()
    image = theirs.get_by_alt_text("The image that was looked at")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    assert "picture.jpg" not in theirs.content()
    check_page(theirs)

    follow(mine.get_by_role("button", name="End it"))
    assert "once, " in mine.locator("table").inner_text()
    theirs.goto(address)
    theirs.get_by_role("heading", name="This link has ended").wait_for()
    check_page(theirs)
    theirs.complaints.clear()  # the browser calls an answer of 410 an error


def test_the_page_of_what_was_used(page, log_in, submit, owner, settings):
    settings.LIMITS = settings.LIMITS | {"uploads_per_day": 1}
    submit(owner)
    log_in(page, owner)
    page.goto("/accounts/usage/")
    page.get_by_text("Used up.").wait_for()
    check_page(page)
