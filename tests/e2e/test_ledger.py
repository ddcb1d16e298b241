"""The page of a verdict in a browser: rows that arrive, a viewer, a slider of the base rate, and no script at all."""

import io
import re

import pytest
from django.http import HttpResponse
from PIL import Image
from playwright.sync_api import expect

from detector import report, responses
from tests.e2e.conftest import SIZES, check_page, follow
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOISE = {"signal": "noise", "stance": "silent", "summary": "The noise is even.", "details": {"score": 0.2}}
WHERE = {"signal": "where", "stance": "silent", "summary": "No place stands out.", "details": {}}
SPECTRUM = {"signal": "spectrum", "stance": "silent", "summary": "No peaks.", "details": {}}
COPIED = {"signal": "copy_move", "stance": "supports_fake", "summary": "A region was copied.", "details": {}}


@pytest.fixture
def told(monkeypatch):
    """What the report of every upload is changed to; a test may add to it while a page is open."""
    changes = {}
    before = report.of_upload
    monkeypatch.setattr(report, "of_upload", lambda *args, **options: before(*args, **options) | changes)
    return changes


@pytest.fixture
def upload(submit, owner):
    return submit(owner)


@pytest.fixture
def drawn(upload, monkeypatch):
    """An address that gives a picture, as a finding has it."""
    stream = io.BytesIO()
    Image.new("RGBA", (320, 240), (255, 90, 0, 90)).save(stream, "PNG")
    answer = lambda found, name: HttpResponse(stream.getvalue(), content_type="image/png")  # noqa: E731
    monkeypatch.setattr(responses, "evidence", answer)
    return lambda name: f"/uploads/{upload.pk}/evidence/{name}.png"


@pytest.fixture
def at_verdict(open_page, log_in, owner, upload):
    def act(size=SIZES["desktop"], scheme="light"):
        page = log_in(open_page(size, scheme), owner)
        page.goto(f"/uploads/{upload.pk}/")
        return page

    return act


def opened(page, name):
    page.locator(f"#row-{name} > summary").click()
    return page.locator(f"#row-{name}")


def scale(page, pane=0):
    matrix = page.locator(".picture-layer").nth(pane).evaluate("one => getComputedStyle(one).transform")
    return 1.0 if matrix == "none" else float(re.match(r"matrix\(([\d.]+)", matrix).group(1))


def test_rows_arrive_in_place_and_open_ones_stay_open(at_verdict, told):
    told |= {"evidence": [NOISE], "ledger": "running"}
    page = at_verdict()
    row = opened(page, "noise")
    page.evaluate("document.getElementById('row-noise').mark = 'the very same'")
    expect(page.locator("#ledger-progress")).to_contain_text(re.compile(r"\b1 of \d+ checks done"))
    told |= {"evidence": [NOISE, WHERE]}
    expect(page.locator("#row-where")).to_be_visible(timeout=10_000)
    expect(row).to_have_attribute("open", "")
    assert page.evaluate("document.getElementById('row-noise').mark") == "the very same"
    assert page.evaluate("document.activeElement.id") == "row-noise-title"
    told |= {"evidence": [NOISE | {"summary": "The noise differs."}, WHERE], "ledger": "done"}
    expect(row).to_contain_text("The noise differs.", timeout=10_000)
    expect(row).to_have_attribute("open", "")
    expect(page.locator("#ledger")).not_to_have_attribute("hx-get", re.compile("."))
    expect(page.locator("#verdict-status")).to_contain_text("2 checks done.")


def test_nothing_is_drawn_anew_while_nothing_is_new(at_verdict, told):
    told |= {"evidence": [NOISE], "ledger": "running"}
    page = at_verdict()
    page.evaluate("document.getElementById('ledger').mark = document.getElementById('answer').mark = 1")
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        pass
    page.wait_for_timeout(300)
    assert page.evaluate("[document.getElementById('ledger').mark, document.getElementById('answer').mark]") == [1, 1]


def test_a_verdict_that_is_revised_says_so(at_verdict, told):
    told |= {"evidence": [NOISE], "ledger": "running"}
    page = at_verdict()
    expect(page.locator("h1")).to_have_text("Likely AI-generated")
    revised = {"label": "manipulated", "fake_probability": 0.99, "probabilities": {}, "reasons": ["A copy was found."],
               "thresholds": None, "model": {"version": "1", "sha256": "0"}}  # fmt: skip
    told |= {"evidence": [NOISE, COPIED], "ledger": "done", "verdict": revised}
    expect(page.locator("h1")).to_have_text("Likely manipulated", timeout=10_000)
    expect(page.get_by_text("The first answer was “Likely AI-generated”")).to_be_visible()
    expect(page.locator("#verdict-status")).to_contain_text("The verdict was revised. Likely manipulated.")
    expect(page.locator("#worth")).to_contain_text("99 times in 100")
    expect(page).to_have_title(re.compile("^Likely manipulated"))


def test_a_broken_connection_is_told_and_heals(at_verdict, told):
    told |= {"evidence": [NOISE], "ledger": "running"}
    page = at_verdict()
    page.route("**/uploads/**", lambda route: route.abort())
    expect(page.locator("#ledger-progress")).to_contain_text("cannot be fetched", timeout=10_000)
    page.unroute("**/uploads/**")
    expect(page.locator("#ledger-progress")).to_contain_text("checks done", timeout=10_000)
    page.complaints.clear()  # the requests that were broken off on purpose


def test_the_viewer_zooms_both_sides_in_step_by_keyboard(at_verdict, told, drawn):
    told |= {"evidence": [COPIED | {"picture": drawn("copy_move")}]}
    page = at_verdict()
    stage = page.locator("[data-stage]")
    stage.focus()
    for key in ("s", "+", "+", "ArrowRight"):
        stage.press(key)
    assert page.locator(".picture-layer").count() == 2
    assert scale(page, 0) == scale(page, 1) == 2.25
    expect(page.locator("span[data-told]")).to_have_text("Zoom 225 %")
    transforms = [page.locator(".picture-layer").nth(n).evaluate("one => one.style.transform") for n in (0, 1)]
    assert transforms[0] == transforms[1] != ""
    stage.press("0")
    stage.press("s")
    assert scale(page) == 1.0
    assert page.locator(".picture-layer").count() == 1


def test_keys_outside_the_viewer_do_nothing_to_it(at_verdict):
    page = at_verdict()
    page.locator("body").press("+")
    assert scale(page) == 1.0


def test_a_row_lays_its_picture_over_the_image(at_verdict, told, drawn):
    told |= {"evidence": [COPIED | {"picture": drawn("copy_move")}]}
    page = at_verdict()
    opened(page, "copy_move").get_by_role("button", name="Show on the image").click()
    overlay = page.locator(".picture-layer .heat")
    expect(overlay).to_have_attribute("src", drawn("copy_move"))
    expect(overlay).to_have_attribute("alt", "Overlay: Copied regions. A region was copied.")
    assert page.get_by_label("Overlay", exact=True).locator("visible=true").count() >= 1
    page.locator("[data-stage]").press("o")
    expect(overlay).to_be_hidden()


def test_what_is_no_map_stands_beside_the_image_and_never_over_it(at_verdict, told, drawn):
    told |= {"evidence": [SPECTRUM | {"picture": drawn("spectrum")}]}
    page = at_verdict()
    opened(page, "spectrum").get_by_role("button", name="Show beside the image").click()
    assert page.locator(".picture-layer").count() == 2
    expect(page.locator(".picture-layer.apart img").first).to_be_hidden()
    page.locator("[data-stage]").press("s")
    expect(page.locator(".picture-layer .heat")).to_be_hidden()


def test_blinking_stops_when_asked_and_never_starts_for_who_wants_calm(at_verdict):
    page = at_verdict()
    page.get_by_role("button", name="Blink").click()
    expect(page.locator(".picture-frame.bare")).to_have_count(1, timeout=3000)
    page.get_by_role("button", name="Blink").click()
    expect(page.locator(".picture-frame.bare")).to_have_count(0)
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="Blink").click()
    page.wait_for_timeout(1200)
    assert page.locator(".picture-frame.bare").count() == 0
    expect(page.locator(".picture-layer .heat")).to_be_hidden()


def test_two_fingers_pinch(at_verdict):
    page = at_verdict(SIZES["phone"])
    page.locator("[data-stage]").scroll_into_view_if_needed()
    box = page.locator("[data-stage]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)

    def touch(kind, *points):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})

    touch("touchStart", (x - 20, y), (x + 20, y))
    touch("touchMove", (x - 40, y), (x + 40, y))
    touch("touchMove", (x - 60, y), (x + 60, y))
    touch("touchEnd")
    assert scale(page) == pytest.approx(3, rel=0.1)


def test_an_enlarged_image_is_dragged(at_verdict):
    page = at_verdict()
    page.get_by_role("button", name="Larger").click()
    before = page.locator(".picture-layer").evaluate("one => one.style.transform")
    box = page.locator("[data-stage]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 30, box["y"] + 60, steps=3)
    page.mouse.up()
    assert page.locator(".picture-layer").evaluate("one => one.style.transform") != before


def test_the_keys_are_listed_on_demand(at_verdict):
    page = at_verdict()
    page.locator("[data-stage]").press("?")
    dialog = page.get_by_role("dialog", name="Keys of the viewer")
    expect(dialog).to_be_visible()
    check_page(page)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_the_base_rate_changes_what_a_flag_is_worth_and_is_remembered(at_verdict, model):
    page = at_verdict()
    prior = model.card["decision"]["prior"]
    slider = page.get_by_label("how many are fake")
    times = page.locator("[data-base-times]")
    expect(times).to_have_text("93 times in 100")
    slider.press("Home")
    odds = 0.93 / 0.07 * (0.01 / 0.99) / (prior / (1 - prior))
    expect(times).to_have_text(f"{round(100 * odds / (1 + odds))} times in 100")
    expect(slider).to_have_attribute("aria-valuetext", "1 %")
    page.reload()
    expect(page.locator("[data-base-share]")).to_have_text("1 %")
    page.get_by_role("button", name="Back to").click()
    expect(times).to_have_text("93 times in 100")
    assert page.evaluate("localStorage.getItem('fakedetect.base-rate')") is None


def test_scripts_speak_the_language_of_the_page(at_verdict, told, drawn, owner):
    owner.language = "de"
    owner.save()
    told |= {"evidence": [COPIED | {"picture": drawn("copy_move")}], "ledger": "running"}
    page = at_verdict()
    expect(page.locator("[data-stage]")).to_have_attribute("aria-label", re.compile("^Bildansicht"))
    page.locator("[data-stage]").press("o")
    expect(page.locator("[data-told]")).to_have_text("Überlagerung ausgeblendet")
    page.get_by_label("Fälschungen?").press("ArrowRight")
    expect(page.locator("[data-base-times]")).to_have_text(re.compile(r"^in \d\d von 100 Fällen$"))
    page.locator("[data-copy]").first.click()
    expect(page.locator("[data-copy-words]").first).to_have_text(re.compile("Kopiert|Nicht erlaubt"))
    page.route("**/uploads/**", lambda route: route.abort())
    expect(page.locator("#ledger-progress")).to_contain_text("lassen sich gerade nicht abrufen", timeout=10_000)
    page.complaints.clear()  # the requests that were broken off on purpose


def test_without_a_script_the_page_holds_everything(browser, live_server, owner, upload, told, drawn):
    told |= {"evidence": [COPIED | {"picture": drawn("copy_move")}], "ledger": "running"}
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=username]", owner.username)
    page.fill("input[name=password]", "correct horse battery")
    follow(page.locator("main form button[type=submit]"))
    page.goto(f"/uploads/{upload.pk}/")
    row = opened(page, "copy_move")
    expect(row.locator("img")).to_be_visible()
    expect(page.locator("[data-act=in]")).to_be_hidden()
    expect(page.get_by_text("93 times in 100")).to_be_visible()
    expect(page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]")).to_have_count(1)
    page.get_by_label("Show where the model looked").uncheck()
    expect(page.locator(".picture-layer .heat")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ledger_is_accessible_and_fits_when_everything_is_open(at_verdict, told, drawn, size, scheme):
    against = {"signal": "camera", "stance": "supports_authentic", "summary": "A camera wrote it.",
               "details": {"make": "Apple", "long": "x" * 200}}  # fmt: skip
    failed = {"signal": "faces", "stance": "not_run", "summary": "No face was found.", "details": {}}
    pictured = [row | {"picture": drawn(row["signal"])} for row in (COPIED, NOISE, SPECTRUM)]
    told |= {"evidence": [*pictured, against, failed], "ledger": "running"}
    page = at_verdict(size, scheme)
    for name in ("copy_move", "spectrum", "camera", "faces"):
        opened(page, name)
    page.locator("[data-stage]").press("s")
    check_page(page)
    for address in ("/help/signals/", "/help/signals/tested_range/"):
        page.goto(address)
        check_page(page)


def test_a_large_image_is_fetched_whole_only_when_it_is_enlarged(submit, owner, open_page, log_in):
    upload = submit(owner, image_bytes(width=2400, height=1800, seed=5))
    page = log_in(open_page(), owner)
    page.goto(f"/uploads/{upload.pk}/")
    photo = page.locator(".picture-layer img").first
    expect(photo).to_have_attribute("src", re.compile("/preview/$"))
    for _ in range(2):
        page.get_by_role("button", name="Larger").click()
    expect(photo).to_have_attribute("src", re.compile("/image/$"))
