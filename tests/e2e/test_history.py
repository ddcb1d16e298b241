"""The history in a browser: searched, walked and marked by keyboard, acted on; good to read on phone and desk."""

import re

import pytest
from playwright.sync_api import expect

from accounts.audit import Actor
from detector import tags
from detector.models import Upload
from tests.e2e.conftest import check_page, follow
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def five(submit, owner):
    """Newest first: 4, 3, 2, 1, 0."""
    made = [submit(owner, name=f"picture-{seed}.jpg", seed=seed) for seed in range(5)]
    tags.add(Actor(user=owner), uploads=made[:2], names=["seaside"])
    return made


PASTE = """bytes => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "image.jpg", { type: "image/jpeg" }));
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}"""


def marked(page) -> list[str]:
    return page.locator("[data-row]:has([data-pick]:checked) [data-open]").all_inner_texts()


def test_search_and_filters_say_in_the_address_what_is_shown(five, owner, open_page, log_in):
    page = log_in(open_page(), owner)
    page.goto("/uploads/")
    page.keyboard.press("/")
    page.keyboard.type("picture-3")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/uploads/\?q=picture-3&sort=newest$"))
    page.get_by_label("Verdict", exact=True).select_option("manipulated")
    expect(page.get_by_text("Nothing matches these filters")).to_be_visible()
    check_page(page)
    follow(page.get_by_role("link", name=re.compile("Remove the filter.*Verdict")))
    expect(page.locator("[data-row]")).to_have_count(1)
    follow(page.get_by_role("link", name="Clear the filters"))
    expect(page.locator("[data-row]")).to_have_count(5)


def test_rows_are_walked_marked_and_opened_by_keys(five, owner, open_page, log_in):
    page = log_in(open_page(), owner)
    page.goto("/uploads/")
    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    assert [name.strip() for name in marked(page)] == ["picture-3.jpg", "picture-2.jpg", "picture-1.jpg"]
    page.get_by_role("checkbox", name="Mark picture-4.jpg").click(modifiers=["Shift"])
    expect(page.get_by_text("4 uploads marked.")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of the history")).to_be_visible()
    check_page(page)
    page.get_by_label("Use single keys on this page").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_text("4 uploads marked.")).to_be_visible()
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("[data-row].current")).to_have_count(0)
    page.locator("[data-open]").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("picture-4.jpg").first).to_be_visible()


def test_marked_uploads_are_tagged_and_deleted(five, owner, page, log_in):
    log_in(page, owner)
    page.goto("/uploads/?view=gallery")
    for name in ("picture-4.jpg", "picture-3.jpg"):
        page.get_by_role("checkbox", name=f"Mark {name}").check()
    follow(page.get_by_role("button", name="Tags"))
    check_page(page)
    page.get_by_label("Add tags").fill("holiday")
    follow(page.get_by_role("button", name="Change the tags"))
    expect(page).to_have_url(re.compile(r"/uploads/\?view=gallery$"))
    page.goto("/uploads/?tag=holiday")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.get_by_role("button", name="Mark all").click()
    follow(page.locator("[data-picks]").get_by_role("button", name="Delete"))
    expect(page.get_by_role("heading", name="Delete these 2 uploads?")).to_be_visible()
    check_page(page)
    follow(page.get_by_role("button", name="Delete"))
    expect(page.get_by_text("2 uploads were deleted.")).to_be_visible()
    assert Upload.objects.count() == 3


def test_a_view_is_saved_by_keyboard_opened_with_one_click_and_put_away(five, owner, page, log_in):
    log_in(page, owner)
    page.goto("/uploads/?q=picture-3&view=gallery")
    follow(page.get_by_role("link", name="Last 7 days"))
    expect(page).to_have_url(re.compile(r"q=picture-3&view=gallery&after=7d$"))
    check_page(page)
    page.get_by_text("Save this view").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("The third, this week")
    check_page(page)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("The view was saved.")).to_be_visible()
    page.goto("/uploads/")
    expect(page.locator("[data-row]")).to_have_count(5)
    follow(page.get_by_role("link", name="The third, this week"))
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/uploads/\?q=picture-3&after=7d&view=gallery$"))
    check_page(page)
    follow(page.get_by_role("link", name="Manage views"))
    page.get_by_label("New name of The third, this week").fill("Third")
    follow(page.get_by_role("button", name="Rename"))
    check_page(page)
    follow(page.get_by_role("button", name="Delete the view Third"))
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    check_page(page)


def test_a_picture_is_searched_for_by_its_file_and_from_the_clipboard(five, owner, page, log_in, tmp_path):
    log_in(page, owner)
    page.goto("/uploads/?q=picture")
    asked = tmp_path / "asked.jpg"
    asked.write_bytes(image_bytes(seed=3))
    page.locator("summary", has_text="Search by picture").focus()
    page.keyboard.press("Enter")
    check_page(page)
    page.get_by_label("Where is this picture among the uploads?").set_input_files(asked)
    follow(page.get_by_role("button", name="Search by picture"))
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/uploads/\?q=picture&like=[0-9a-f]{80}$"))
    check_page(page)
    page.reload()
    expect(page.get_by_role("link", name="picture-3.jpg", exact=True)).to_be_visible()
    page.locator("[data-search]").fill("pict")  # the script keeps the picture that was searched for
    expect(page).to_have_url(re.compile(r"like=[0-9a-f]{80}&q=pict&"))
    follow(page.get_by_role("link", name="Clear the filters"))
    page.locator("[data-search]").focus()
    with page.expect_navigation():
        page.evaluate(PASTE, list(image_bytes(seed=2)))
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.get_by_role("link", name="picture-2.jpg", exact=True)).to_be_visible()
    assert Upload.objects.count() == 5  # what is pasted there is not handed in


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_table_and_gallery_are_good_to_read(five, owner, open_page, log_in, size, scheme):
    page = log_in(open_page(size, scheme), owner)
    for address in ("/uploads/?q=picture&tag=seaside&sort=oldest", "/uploads/?view=gallery"):
        page.goto(address)
        page.get_by_text("Export", exact=True).click()
        expect(page.get_by_role("button", name="Table (CSV)")).to_be_visible()
        check_page(page)
