"""The second factor in a browser: the QR code is scanned from the screen, and log-in asks for what the phone shows."""

import os
from base64 import b32decode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from accounts.models import SecondFactor, User
from tests.accounts.factors import SET_UP, Phone
from tests.conftest import PASSWORD
from tests.e2e.conftest import SIZES, check_page, follow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def pictured(page, name, size, scheme) -> None:
    """Kept where somebody wants to look: FAKEDETECT_SCREENSHOTS names a folder."""
    if folder := os.environ.get("FAKEDETECT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"factor-{name}-{size['width']}-{scheme}.png", full_page=True)


def scan(page) -> Phone:
    """As a camera does it: from the pixels of the screen, by whichever reader sees it first."""
    pixels = cv2.imdecode(np.frombuffer(page.locator(".qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    large = cv2.resize(pixels, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    read = (reader().detectAndDecode(large)[0] for reader in (cv2.QRCodeDetectorAruco, cv2.QRCodeDetector))
    address = urlsplit(next(filter(None, read)))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    return Phone(b32decode(parse_qs(address.query)["secret"][0]))


def submit(page) -> None:
    follow(page.locator("main form button[type=submit]"))


def give_password(page, person) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=username]", person.username)
    page.fill("input[name=password]", PASSWORD)
    submit(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_qr_code_on_the_screen_to_the_log_in_that_asks_for_a_code(
    model, owner, open_page, log_in, size, scheme
):
    page = log_in(open_page(size, scheme), owner)
    page.goto("/accounts/profile/")
    follow(page.get_by_role("link", name="Off: set one up"))
    check_page(page)
    pictured(page, "set-up", size, scheme)
    phone = scan(page)
    page.fill("input[name=code]", "000000")
    page.fill("input[name=password]", PASSWORD)
    submit(page)
    expect(page.get_by_text("This code is wrong")).to_be_visible()
    page.fill("input[name=code]", phone.code())
    page.fill("input[name=password]", PASSWORD)
    submit(page)
    check_page(page)
    pictured(page, "codes", size, scheme)
    recovery = page.locator(".recovery-codes code").all_inner_texts()
    assert len(recovery) == 10
    assert page.get_by_role("button", name="Copy").get_attribute("data-copy").splitlines() == recovery
    follow(page.get_by_role("link", name="I have kept them"))
    check_page(page)
    pictured(page, "status", size, scheme)
    for name in ("codes", "off"):
        page.goto(f"{SET_UP}{name}/")
        check_page(page)
        pictured(page, f"{name}-asked", size, scheme)
    SecondFactor.objects.update(last_step=0)  # half a minute went by
    other = open_page(size, scheme)
    give_password(other, owner)
    assert other.evaluate("document.activeElement.name") == "code"
    check_page(other)
    pictured(other, "log-in", size, scheme)
    other.goto("/accounts/profile/")
    assert "/accounts/login/" in other.url
    give_password(other, owner)
    other.fill("input[name=code]", phone.code())
    submit(other)
    other.wait_for_url("**/upload/")
    third = open_page(size, scheme)
    give_password(third, owner)
    third.fill("input[name=code]", recovery[0])
    submit(third)
    expect(third.get_by_text("9 are left")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_moderator_without_one_meets_the_page_that_sets_it_up(model, moderator, open_page, size, scheme, settings):
    settings.SECOND_FACTOR = "staff"
    page = open_page(size, scheme)
    give_password(page, moderator)
    expect(page.get_by_text("Everything else opens once it is set up")).to_be_visible()
    check_page(page)
    pictured(page, "asked", size, scheme)
    page.goto("/admin/")
    assert page.url.endswith(SET_UP)
    page.fill("input[name=code]", scan(page).code())
    page.fill("input[name=password]", PASSWORD)
    submit(page)
    page.goto("/admin/")
    expect(page.get_by_text("Administration").first).to_be_visible()


def test_it_is_turned_off_in_german(model, owner, open_page, log_in):
    page = log_in(open_page(SIZES["phone"]), owner)
    page.goto(SET_UP)
    phone = scan(page)
    page.fill("input[name=code]", phone.code())
    page.fill("input[name=password]", PASSWORD)
    submit(page)
    SecondFactor.objects.update(last_step=0)
    User.objects.update(language="de")
    for name in ("", "codes/", "off/"):
        page.goto(f"{SET_UP}{name}")
        check_page(page)
        pictured(page, f"german-{name.strip('/')}", SIZES["phone"], "light")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=code]", phone.code())
    submit(page)
    expect(page.get_by_text("Der zweite Faktor ist aus")).to_be_visible()
