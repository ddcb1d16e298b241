"""One's own data in a browser, on phone and desk: nothing scrolls sideways, nothing breaks WCAG, and it works."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from detector.models import Upload
from privacy.models import Erasure, Expiry, Kept
from tests.conftest import PASSWORD
from tests.e2e.conftest import check_page

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGES = ("", "consent/", "retention/", "expiring/", "export/", "account/erase/")


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    """A site folder of its own as well: beside it lie the data bases of other test processes, with the same names."""
    settings.REPORT_KEY = tmp_path / "report_key.pem"
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()


@pytest.fixture
def uploads(owner, submit):
    made = [submit(owner, seed=seed, name=f"Harbour at dawn {seed}.jpg") for seed in range(3)]
    for upload in made[:2]:
        Expiry.objects.create(upload=upload, due_at=timezone.now() + timedelta(days=7))
    Kept.objects.create(upload=made[2], reason="For the court.")
    return made


def pictured(page, name: str, size) -> None:
    """Kept where somebody wants to look: FAKEDETECT_SCREENSHOTS names a folder."""
    if folder := os.environ.get("FAKEDETECT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"privacy-{name or 'overview'}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(open_page, size, scheme, owner, uploads, log_in):
    page = log_in(open_page(size, scheme), owner)
    addresses = [f"/privacy/{one}" for one in PAGES] + [f"/privacy/uploads/{uploads[0].pk}/erase/"]
    for address in [*addresses, f"/uploads/{uploads[0].pk}/"]:
        page.goto(address)
        check_page(page)
        pictured(page, address.strip("/").replace("/", "-")[:28] + ("-dark" if scheme == "dark" else ""), size)


def test_consent_is_given_and_withdrawn_by_keyboard(page, owner, log_in):
    log_in(page, owner).goto("/privacy/consent/")
    page.get_by_role("button", name="I agree").focus()
    page.keyboard.press("Enter")
    page.get_by_text("You agreed to this on").wait_for()
    page.get_by_role("button", name="Withdraw my consent").focus()
    page.keyboard.press("Enter")
    page.get_by_text("You have not agreed").wait_for()


def test_what_is_about_to_go_is_kept_with_one_click(page, owner, uploads, log_in):
    log_in(page, owner).goto("/privacy/expiring/")
    page.get_by_role("button", name=re.compile(f"Keep this one.*{uploads[0].name}")).click()
    page.get_by_text("is kept until somebody deletes it by hand").wait_for()
    assert Expiry.objects.count() == 1


def test_an_account_is_erased_and_its_certificate_downloaded(page, size, owner, uploads, log_in):
    log_in(page, owner).goto("/privacy/account/erase/")
    page.get_by_label("Your password").fill("wrong")
    page.get_by_label("Erase my account and all of my images").check()
    page.get_by_role("button", name="Erase my account").click()
    page.get_by_text("This is not your password").wait_for()
    page.complaints.clear()  # the browser notes the answer 400
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Erase my account").click()
    page.get_by_text("nothing was found afterwards").wait_for()
    check_page(page)
    pictured(page, "erasure", size)
    with page.expect_download() as download:
        page.get_by_role("link", name="Certificate", exact=True).click()
    assert download.value.path().read_text() == Erasure.objects.get().certificate
    assert not User.objects.filter(pk=owner.pk).exists()
    assert not Upload.objects.exists()


def test_everything_is_taken_along(page, owner, uploads, log_in):
    log_in(page, owner).goto("/privacy/export/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the ZIP").click()
    assert download.value.suggested_filename.endswith(".zip")
    assert download.value.path().read_bytes().startswith(b"PK")
