"""Reports in a browser: downloaded from the verdict, checked without the site, even from a saved page."""

import re

import pytest
from playwright.sync_api import expect

from detector import signing
from detector.models import Upload
from tests.e2e.conftest import check_page
from tests.e2e.test_journeys import payload
from tests.programs import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "report_key.pem"


def file(data, name="report.json", kind="application/json"):
    return {"name": name, "mimeType": kind, "buffer": data}


def give(page, data, title, reason, **options):
    page.set_input_files("input[type=file]", file(data, **options))
    shown = page.locator("[data-result]:not([hidden])")
    expect(shown).to_contain_text(title)
    expect(shown).to_contain_text(reason)
    expect(page.locator("[data-result]:visible")).to_have_count(1)


def downloaded(page, name):
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return download.value.path().read_bytes()


def test_reports_are_downloaded_and_checked_in_the_browser(scorer, owner, page, log_in):
    log_in(page, owner)
    page.set_input_files("input[type=file]", payload())
    expect(page.locator("[data-rows] [data-state=done]")).to_have_count(1, timeout=30_000)
    page.goto(f"/uploads/{Upload.objects.get().pk}/")
    pdf, text = downloaded(page, "Report (PDF)"), downloaded(page, "Report (JSON)")
    assert signing.check(pdf).valid
    page.goto("/verify/")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    number = signing.key_id(signing.public_key())
    for data in (pdf, text):
        give(page, data, "as it was made", number)
        place = len(data) // 2
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        give(page, changed, "Do not rely", "at least one byte was changed")
        give(page, data[:-1], "Do not rely", "does not end with a signature")
    give(page, payload()["buffer"], "Do not rely", "neither a PDF nor a JSON")
    give(page, text.replace(number.encode(), b"0" * 16), "Do not rely", "names the key 0000000000000000")
    check_page(page)
    assert [address for address in sent if "favicon" not in address] == []


def test_the_saved_page_checks_without_the_site(db, open_page, tmp_path):
    page = open_page()
    page.goto("/verify/")
    html = re.sub(r'src="[^"]*verify\.js"', 'src="verify.js"', page.content())
    (tmp_path / "saved.html").write_text(html)
    (tmp_path / "verify.js").write_bytes((ROOT / "static" / "js" / "verify.js").read_bytes())
    page.context.set_offline(True)
    page.goto((tmp_path / "saved.html").as_uri())
    signed = signing.signed_json({"a": "ü"})
    give(page, signed, "as it was made", signing.key_id(signing.public_key()))
    give(page, signed.replace(b'"a"', b'"b"'), "Do not rely", "at least one byte was changed")
    page.complaints.clear()  # of a saved page without its pictures and styles


def test_a_browser_that_does_not_know_ed25519_lets_the_site_check(db, page):
    page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('unknown'))")
    page.goto("/verify/")
    expect(page.get_by_text("The file is sent to this site")).to_be_visible()
    page.set_input_files("input[type=file]", file(signing.signed_json({"a": 1})))
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("The report is as it was made")).to_be_visible()
    check_page(page)
