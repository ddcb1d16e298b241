"""The main journeys in a browser: sign up, upload in every way, read the verdict, find it again, use a token."""

import re

import pytest
import requests
from playwright.sync_api import expect

from accounts.models import User
from detector.models import Analysis, Upload
from tests.e2e.conftest import SIZES, check_page, follow
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def payload(name="holiday.jpg", data=None, **options):
    return {"name": name, "mimeType": "image/jpeg", "buffer": data or image_bytes(**options)}


def test_a_newcomer_signs_up_uploads_and_reads_a_verdict(model, page):
    page.goto("/")
    page.get_by_role("link", name=re.compile("account|sign up", re.I)).locator("visible=true").first.click()
    page.fill("input[name=username]", "newcomer")
    page.fill("input[name=email]", "newcomer@example.org")
    for field in page.locator("input[type=password]").all():
        field.fill("a long enough password 1")
    follow(page.locator("main form button[type=submit]"))
    if "login" in page.url:
        page.fill("input[name=username]", "newcomer")
        page.fill("input[name=password]", "a long enough password 1")
        follow(page.locator("main form button[type=submit]"))
    page.goto("/upload/")
    page.set_input_files("input[type=file]", payload())
    page.locator("[data-rows] [data-link]").click()
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_text(Upload.objects.get().original_id).first).to_be_attached()
    assert User.objects.get(username="newcomer").uploads.count() == 1


def test_many_files_at_once_each_get_their_own_answer(model, owner, page, log_in):
    log_in(page, owner)
    files = [payload(f"{n}.jpg", seed=n) for n in range(5)]
    page.set_input_files("input[type=file]", [*files, payload("letter.txt", b"Dear editor")])
    rows = page.locator("[data-rows] > li")
    expect(rows).to_have_count(6)
    expect(page.locator("[data-rows] [data-state=done], [data-rows][data-state=done]")).to_have_count(5, timeout=30_000)
    expect(page.get_by_text("no image that can be read")).to_be_visible()
    assert Upload.objects.filter(owner=owner).count() == 5
    check_page(page)
    assert [text for text in page.complaints if "415" not in text] == []
    page.complaints.clear()  # the browser reports the refusal of the letter, which was asked for


def test_a_file_is_dropped_and_another_is_pasted(model, owner, open_page, log_in):
    page = log_in(open_page(), owner)
    script = """([name, kind]) => {
        const canvas = document.createElement('canvas'); canvas.width = 300; canvas.height = 260;
        canvas.getContext('2d').fillRect(name.length * 9, 20, 90, 90);
        return new Promise(done => canvas.toBlob(blob => {
            const data = new DataTransfer(); data.items.add(new File([blob], name, {type: 'image/png'}));
            const event = kind === 'drop'
                ? new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})
                : new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
            document.body.dispatchEvent(event); done();
        }, 'image/png'));
    }"""
    page.evaluate(script, ["dropped.png", "drop"])
    page.evaluate(script, ["pasted-one.png", "paste"])
    expect(page.locator("[data-rows] [data-state=done]")).to_have_count(2, timeout=30_000)
    assert set(Upload.objects.values_list("name", flat=True)) == {"dropped.png", "pasted-one.png"}


def test_without_javascript_the_plain_form_works(model, owner, browser, live_server):
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=username]", owner.username)
    page.fill("input[name=password]", "correct horse battery")
    follow(page.locator("main form button[type=submit]"))
    page.set_input_files("input[type=file]", payload("plain.jpg"))
    follow(page.locator("main form[enctype] button[type=submit]"))
    expect(page.get_by_text("plain.jpg").first).to_be_visible()
    assert Upload.objects.get().name == "plain.jpg"
    context.close()


def test_a_sample_can_be_tried_with_one_click(model, owner, page, log_in):
    log_in(page, owner)
    page.locator(".sample").first.click()
    page.wait_for_url("**/uploads/*/")
    check_page(page)


def test_the_heat_map_can_be_faded_and_hidden(scorer, owner, open_page, log_in):
    page = log_in(open_page(), owner)
    page.set_input_files("input[type=file]", payload())
    page.locator("[data-rows] [data-link]").click()
    overlay = page.locator("img[src*=heatmap]")
    expect(overlay).to_be_visible()
    slider = page.get_by_label("Strength")
    slider.focus()
    slider.press("Home")
    expect(overlay).to_have_css("opacity", "0")


def test_a_waiting_verdict_appears_by_itself(scorer, owner, open_page, log_in):
    page = log_in(open_page(), owner)
    page.set_input_files("input[type=file]", payload())
    expect(page.locator("[data-rows] [data-state=done]")).to_have_count(1)
    Analysis.objects.update(state="running")
    page.goto(f"/uploads/{Upload.objects.get().pk}/")
    expect(page.get_by_text("Being analysed").first).to_be_visible()
    Analysis.objects.update(state="done")
    expect(page.get_by_text("Likely AI-generated").first).to_be_visible(timeout=10_000)


def test_the_history_filters_and_the_address_bar_says_so(scorer, owner, page, log_in):
    log_in(page, owner)
    files = [payload("beach.jpg", seed=1), payload("forest.jpg", seed=2)]
    page.set_input_files("input[type=file]", files)
    expect(page.locator("[data-rows] [data-state=done]")).to_have_count(2, timeout=30_000)
    page.goto("/uploads/?name=beach")
    expect(page.get_by_text("beach.jpg").first).to_be_visible()
    expect(page.get_by_text("forest.jpg")).to_have_count(0)
    check_page(page)


def test_an_upload_is_deleted_after_a_question(scorer, owner, open_page, log_in):
    page = log_in(open_page(SIZES["phone"]), owner)
    page.set_input_files("input[type=file]", payload())
    page.locator("[data-rows] [data-link]").click()
    page.get_by_role("button", name=re.compile("delete", re.I)).or_(
        page.get_by_role("link", name=re.compile("delete", re.I))
    ).first.click()
    assert Upload.objects.exists()
    page.locator("dialog[open] button.danger, main button.danger").locator("visible=true").last.click()
    page.wait_for_url("**/uploads/")
    assert not Upload.objects.exists()


def test_a_token_made_on_the_page_opens_the_api(model, owner, open_page, log_in, live_server):
    page = log_in(open_page(), owner)
    page.goto("/accounts/tokens/")
    page.fill("input[name=name]", "laptop")
    page.locator("[name=scope][value=write], select[name=scope]").first.evaluate(
        "field => { if (field.tagName === 'SELECT') field.value = 'write'; else field.checked = true; }"
    )
    follow(page.locator("main form button[type=submit]").first)
    key = page.locator("#key").inner_text()
    answer = requests.post(
        f"{live_server.url}/api/v1/uploads/",
        headers={"Authorization": f"Bearer {key}"},
        files={"image": ("x.jpg", image_bytes())},
        timeout=30,
    )
    assert answer.status_code == 201
    page.goto("/accounts/tokens/")
    assert key not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(scorer, owner, open_page, log_in, size, scheme):
    page = open_page(size, scheme)
    for address in ("/", "/help/", "/accounts/login/", "/accounts/signup/", "/accounts/reset/"):
        assert page.goto(address).status == 200, address
        check_page(page)
    log_in(page, owner)
    page.set_input_files("input[type=file]", payload())
    expect(page.locator("[data-rows] [data-state=done]")).to_have_count(1, timeout=30_000)
    verdict = f"/uploads/{Upload.objects.get().pk}/"
    for address in ("/upload/", "/uploads/", verdict, f"{verdict}delete/", "/models/", "/accounts/profile/",
                    "/accounts/tokens/", "/accounts/sessions/", "/accounts/password/"):  # fmt: skip
        assert page.goto(address).status == 200, address
        check_page(page)


def test_the_documentation_of_the_api_works_offline(db, open_page):
    page = open_page()
    page.goto("/api/docs/")
    expect(page.get_by_text("/api/v1/uploads/").first).to_be_visible(timeout=20_000)
