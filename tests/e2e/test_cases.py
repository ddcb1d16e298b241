"""A case in a browser: made from the history by keyboard, worked on by two, taken along; on phone and desk."""

import pytest
from playwright.sync_api import expect

from accounts.audit import Actor
from detector import case_items, case_members, case_notes, cases
from detector.models import Case, Upload
from tests.conftest import person
from tests.e2e.conftest import check_page, follow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def uploads(submit, owner) -> list[Upload]:
    return [submit(owner, name=name, seed=seed) for seed, name in enumerate(("first.jpg", "second.jpg", "third.jpg"))]


@pytest.fixture
def case(uploads, owner) -> Case:
    made = cases.make(Actor(user=owner), title="The flood", description="Pictures of readers.")
    case_items.add(Actor(user=owner), case=made, uploads=uploads)
    case_notes.write(Actor(user=owner), case=made, text="Ask the photographer.", upload=uploads[0])
    case_members.add(Actor(user=owner), case=made, username=person("viewer").username)
    return made


def test_marked_uploads_become_a_case_by_keyboard(uploads, owner, page, log_in):
    log_in(page, owner)
    page.goto("/uploads/")
    add = page.locator("button", has_text="Add to a case")
    expect(add).to_be_disabled()
    page.get_by_role("button", name="Mark all").press("Enter")
    expect(page.get_by_text("3 uploads marked.")).to_be_visible()
    add.press("Enter")
    page.wait_for_url("**/cases/add/?*pick=*")
    check_page(page)
    page.get_by_label("Title of the new case").fill("The flood")
    page.get_by_label("A new case").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    page.wait_for_url("**/cases/*-*/")
    expect(page.get_by_role("heading", name="The flood")).to_be_visible()
    expect(page.locator(".gallery-card")).to_have_count(3)
    assert Case.objects.get().items.count() == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_a_case_are_good_to_read(case, owner, open_page, log_in, size, scheme):
    page = log_in(open_page(size, scheme), owner)
    for address in ("/cases/", "/cases/new/", *(f"/cases/{case.pk}/{part}" for part in ("", "edit/", "delete/"))):
        page.goto(address)
        check_page(page)
    page.goto(f"/cases/{case.pk}/")
    page.get_by_text("More", exact=False).first.click()
    expect(page.get_by_role("link", name="Export (ZIP)")).to_be_visible()
    check_page(page)


def test_a_member_is_added_a_note_written_and_an_upload_taken_out(case, owner, page, log_in):
    person("colleague")
    log_in(page, owner)
    page.goto(f"/cases/{case.pk}/")
    page.get_by_label("Add by username").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody here has this username")).to_be_visible()
    check_page(page)
    page.complaints.clear()  # the browser's own, about the status of that answer
    page.get_by_label("Add by username").fill("colleague")
    page.keyboard.press("Enter")
    expect(page.get_by_text("colleague was added and is told so.")).to_be_visible()
    page.get_by_label("New note").fill("Seen in 2019.")
    page.get_by_role("button", name="Add note").press("Enter")
    expect(page.get_by_text("Seen in 2019.")).to_be_visible()
    page.get_by_role("checkbox", name="Mark second.jpg").check()
    page.get_by_role("button", name="Take out").press("Enter")
    expect(page.get_by_role("heading", name="Take this out of the case?")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Take out").press("Enter")
    expect(page.locator(".gallery-card")).to_have_count(2)
    check_page(page)


def test_a_viewer_looks_and_takes_the_report_along(case, page, log_in):
    log_in(page, person("viewer"))
    page.goto("/cases/")
    page.get_by_role("link", name="The flood").click()
    expect(page.get_by_role("button", name="Take out")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Report (PDF)").click()
    assert download.value.suggested_filename == "The flood report.pdf"
    follow(page.get_by_role("link", name="first.jpg").first)
    check_page(page)
    page.get_by_role("link", name="The flood").first.click()
    page.wait_for_url(f"**/cases/{case.pk}/")
