"""The browser extension in a real Chromium against the real site: options, a check, and everything that goes wrong."""

import pytest
from playwright.sync_api import expect

from accounts.models import Scope
from detector.models import Upload
from tests.clients.conftest import key_of
from tests.e2e.conftest import QUIET, SIZES, check_page
from tests.e2e.extension import FLAGS, Extension, copied, serve
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SITE = "http://localhost/*"  # of the live server, whatever its port


@pytest.fixture(scope="module")
def chromium(program, playwright, tmp_path_factory):
    """One browser for the file: the context that every extension needs is the browser itself."""
    folder = copied(tmp_path_factory.mktemp("extension") / "src", SITE)
    load = [f"--load-extension={folder}", f"--disable-extensions-except={folder}"]
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=program,
        headless=False,  # Playwright's own headless mode is the old one, which knows no extensions; see FLAGS
        args=[*QUIET, *FLAGS, *load],
        ignore_default_args=["--disable-extensions"],
        locale="en-GB",
    )
    expect.set_options(timeout=20_000)  # a page of the extension loads beside the site's first answer
    worker = (context.service_workers or [context.wait_for_event("serviceworker")])[0]
    yield Extension(context, worker, context.browser.new_browser_cdp_session())
    expect.set_options(timeout=5_000)
    context.close()


@pytest.fixture
def extension(chromium):
    """Fresh for each test: nothing saved, no page but one, and no page that complained."""
    chromium.worker.evaluate("Promise.all([chrome.storage.local.clear(), chrome.storage.session.clear()])")
    complaints = []
    keep = chromium.context.new_page()
    for page in [one for one in chromium.context.pages if one != keep]:
        page.close()
    chromium.context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield chromium
    chromium.context.unroute_all()
    assert complaints == []


@pytest.fixture
def token(transactional_db, owner):
    return key_of(owner)


@pytest.fixture
def gallery(tmp_path, extension):
    """A page of `127.0.0.1`, another server than the site's `localhost`, with an image of each."""
    folder = tmp_path / "gallery"
    folder.mkdir()
    (folder / "harbour view.jpg").write_bytes(image_bytes(seed=7))
    (folder / "letter.html").write_text("<p>Dear editor</p>")
    server = serve(folder)
    port = server.server_port
    html = f"""<title>Gallery</title><img src="harbour%20view.jpg" alt="The harbour">
        <img src="http://localhost:{port}/harbour%20view.jpg?other" alt="Elsewhere">"""
    (folder / "index.html").write_text(html)
    page = extension.context.new_page()
    page.goto(f"http://127.0.0.1:{port}/index.html")
    page.base = f"http://127.0.0.1:{port}"
    page.other = f"http://localhost:{port}"
    yield page
    server.shutdown()
    server.server_close()


@pytest.fixture
def ready(extension, live_server, scorer, token):
    """The extension as it is once its options were saved."""
    saved = {"address": f"{live_server.url}/", "token": token}
    extension.worker.evaluate("(saved) => chrome.storage.local.set(saved)", saved)
    return extension


def test_the_options_are_saved_and_tested(extension, live_server, gallery, token):
    page = extension.save(live_server.url, token)
    expect(page.get_by_role("status")).to_contain_text("It works: localhost")
    check_page(page)
    page = extension.options()
    expect(page.get_by_label("Address of the site")).to_have_value(f"{live_server.url}/")
    expect(page.get_by_label("Token", exact=True)).to_have_value("")
    kept = extension.worker.evaluate("chrome.storage.local.get()")
    assert kept == {"address": f"{live_server.url}/", "token": token}
    assert extension.read_in(gallery) == "closed"
    page.get_by_role("button", name="Save and test").click()  # the token is kept where the address is the same
    expect(page.get_by_role("status")).to_contain_text("knows you as owner")
    page.get_by_role("button", name="Forget everything").click()
    expect(page.get_by_role("status")).to_contain_text("are forgotten")
    assert extension.worker.evaluate("chrome.storage.local.get()") == {}


def test_a_token_is_not_carried_to_another_address(ready):
    page = ready.options()
    page.get_by_label("Address of the site").fill("http://localhost:9")
    page.get_by_role("button", name="Save and test").click()
    expect(page.get_by_role("status")).to_contain_text("Enter both")
    expect(page.get_by_label("Token", exact=True)).to_be_focused()


def test_the_options_say_what_is_wrong(extension, live_server, owner, gallery):
    reads = key_of(owner, Scope.READ)
    for address, key, sentence in (
        (live_server.url, "fd_wrong", "does not know this token"),
        (live_server.url, "fd_wröng", "does not know this token"),
        (live_server.url, reads, "may only read"),
        ("ftp://example.org", "fd_x", "not an address of a site"),
        ("http://localhost:9", "fd_x", "localhost:9 cannot be reached"),
        (f"{live_server.url}/nowhere", "fd_x", "is not a FakeDetect site"),
        (gallery.other, "fd_x", "is not a FakeDetect site"),
        (f"{gallery.other}/moved", "fd_x", "sends on to another address"),
    ):
        page = extension.save(address, key)
        expect(page.get_by_role("status")).to_contain_text(sentence)
        check_page(page)
        page.close()


def test_a_site_that_was_not_allowed_is_not_saved(extension):
    page = extension.options()
    page.evaluate("void (chrome.permissions.request = async () => false)")
    page.get_by_label("Address of the site").fill("fakedetect.example")
    page.get_by_label("Token", exact=True).fill("fd_x")
    page.get_by_role("button", name="Save and test").click()
    expect(page.get_by_role("status")).to_contain_text("does not let the extension talk to fakedetect.example")
    assert extension.worker.evaluate("chrome.storage.local.get()") == {}


def test_an_address_without_encryption_is_warned_of(extension):
    page = extension.options()
    warning = page.get_by_text("is not encrypted")
    page.get_by_label("Address of the site").fill("http://fakedetect.example")
    expect(warning).to_be_visible()
    for safe in ("https://fakedetect.example", "fakedetect.example", "http://127.0.0.1:8000", "http://localhost"):
        page.get_by_label("Address of the site").fill(safe)
        expect(warning).to_be_hidden()


def test_an_image_is_chosen_by_keyboard_and_checked(ready, gallery, live_server, owner):
    picker = ready.press_the_button(gallery)
    expect(picker.get_by_role("button")).to_have_count(2)
    check_page(picker)
    picker.keyboard.press("Tab")
    expect(picker.get_by_role("button", name="The harbour")).to_be_focused()
    picker.keyboard.press("Enter")
    expect(picker.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")
    expect(picker.get_by_text("93% are fake")).to_be_visible()
    expect(picker.get_by_text("The model finds traces of AI generation.")).to_be_visible()
    expect(picker.get_by_alt_text("The image that was checked")).to_be_visible()
    taken = Upload.objects.get()
    assert (taken.owner, taken.name) == (owner, "harbour view.jpg")
    assert taken.original.bytes == len(image_bytes(seed=7))  # the file itself, not a drawing of it
    report = picker.get_by_role("link", name="The full report")
    assert report.get_attribute("href") == f"{live_server.url}/uploads/{taken.pk}/"
    check_page(picker)


def test_the_menu_checks_an_image_of_another_server(ready, gallery):
    page = ready.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg?other")
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")
    assert Upload.objects.get().name == "harbour view.jpg"


def test_a_page_that_is_loaded_again_hands_in_nothing_twice(ready, gallery):
    page = ready.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg")
    for _again in range(2):
        expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")
        page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("kind", ["data", "blob"])
def test_an_image_that_the_page_made_is_checked(ready, gallery, kind):
    script = """(kind) => fetch("harbour%20view.jpg").then((answer) => answer.blob()).then((blob) => kind === "blob"
        ? URL.createObjectURL(blob)
        : new Promise((done) => {
            const r = new FileReader(); r.onload = () => done(r.result); r.readAsDataURL(blob); }))"""
    source = gallery.evaluate(script, kind)
    ready.press_the_button(gallery)  # what a choice in the menu does too: it opens the page to the extension
    page = ready.choose_in_menu(gallery, source)
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")
    assert Upload.objects.get().name == "image.jpeg"


def test_another_server_is_asked_for_first(ready, gallery):
    source = f"{gallery.base}/harbour%20view.jpg"
    page = ready.choose_in_menu(gallery, source)  # without a true click the page stays closed to the extension
    expect(page.get_by_role("status")).to_contain_text("The image lies on 127.0.0.1")
    page.evaluate(
        "void (chrome.permissions.request = async (asked) => { window.asked = asked.origins; return false; })"
    )
    page.get_by_role("button", name="Allow this server").click()
    expect(page.get_by_role("status")).to_contain_text("The image lies on 127.0.0.1")
    assert page.evaluate("window.asked") == ["http://127.0.0.1/*"]
    check_page(page)
    assert not Upload.objects.exists()


def test_an_allowed_server_is_fetched_from(ready, gallery):
    page = ready.choose_in_menu(gallery, f"{gallery.base}/harbour%20view.jpg?open")
    expect(page.get_by_role("status")).to_contain_text("The image lies on 127.0.0.1")
    page.evaluate("void (chrome.permissions.request = chrome.permissions.contains = async () => true)")
    page.get_by_role("button", name="Allow this server").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")


def test_a_wrong_token_tells_so_and_another_helps(extension, gallery, live_server, scorer, token):
    expect(extension.save(live_server.url, "fd_wrong").get_by_role("status")).to_contain_text("does not know")
    page = extension.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg")
    expect(page.get_by_role("heading", level=1)).to_have_text("The image was not checked")
    expect(page.get_by_role("status")).to_contain_text("does not know this token")
    expect(page.get_by_role("button", name="Open the options")).to_be_visible()
    extension.save(live_server.url, token)
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")


def test_without_options_nothing_is_fetched(extension, gallery):
    page = extension.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg")
    expect(page.get_by_role("status")).to_contain_text("Enter both in the options")
    with extension.context.expect_page() as opened:
        page.get_by_role("button", name="Open the options").click()
    assert opened.value.url.endswith("/options.html")


def test_what_is_no_image_is_not_sent(ready, gallery):
    page = ready.choose_in_menu(gallery, f"{gallery.other}/letter.html")
    expect(page.get_by_role("status")).to_contain_text("not an image that can be checked")
    page = ready.choose_in_menu(gallery, f"{gallery.other}/missing.jpg")
    expect(page.get_by_role("status")).to_contain_text("refuses it (status 404)")
    assert not Upload.objects.exists()


def test_too_large_says_so_with_the_words_of_the_site(ready, gallery, settings):
    settings.MAX_UPLOAD_BYTES = 100
    page = ready.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg")
    expect(page.get_by_role("status")).to_contain_text("The image is too large.")
    expect(page.get_by_role("status")).to_contain_text("The site says:")


def test_a_limit_says_when_to_come_again(ready, gallery, settings):
    settings.LIMITS = settings.LIMITS | {"uploads_per_day": 1}
    for name in ("first", "second"):
        page = ready.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg?{name}")
        expect(page.locator("[data-figure]")).to_be_visible()
        expect(page.locator(".busy")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("a limit of the site is reached. Try again in ")
    check_page(page)


ANSWERS = (
    ("inconclusive", 0.5, None, "Inconclusive", "There is no clear answer. Do not rely on"),
    ("authentic", 0.001, None, "No sign of manipulation found", "not proof that the image is genuine"),
    ("authentic", 0.3, None, "No sign of manipulation found", "Do not read it as an all-clear"),
    ("manipulated", 0.999, None, "Likely manipulated", "> 99% are fake"),
    ("authentic", 0.1, "ai_generated", "Judged AI-generated by a person", "The machine’s own verdict"),
    ("authentic", 0.1, "unsure", "Reviewed, and left open", "The machine’s own verdict"),
    ("composite", 0.9, None, "composite", "There is no clear answer"),
)


def report_of(label, probability, decision):
    verdict = {"label": label, "fake_probability": probability, "reasons": ["A <b>reason</b>."]}
    told = {"id": "x", "status": "done", "ledger": "running", "verdict": verdict, "review": None}
    elsewhere = {"links": {"page": "https://elsewhere.example/uploads/x/"}}
    return told | elsewhere | ({"review": {"decision": decision}} if decision else {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_answer_is_told_honestly(ready, gallery, live_server, scheme):
    page = ready.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg")
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(SIZES["phone" if scheme == "dark" else "desktop"])
    told = {}
    page.route("**/api/v1/uploads/**", lambda route: route.fulfill(status=201, json=told))
    for label, probability, decision, title, sentence in ANSWERS:
        told = report_of(label, probability, decision)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_text(sentence)).to_be_visible()
        expect(page.get_by_text("A <b>reason</b>.")).to_be_visible()
        expect(page.get_by_text("Deeper checks are still running")).to_be_visible()
        assert page.get_by_role("link").get_attribute("href") == f"{live_server.url}/uploads/x/"
        check_page(page)


def test_what_is_not_ready_says_so(ready, gallery):
    page = ready.choose_in_menu(gallery, f"{gallery.other}/harbour%20view.jpg")
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely AI-generated")
    told = {"id": "x", "status": "queued", "verdict": None, "links": {}}
    page.route("**/api/v1/uploads/**", lambda route: route.fulfill(status=202, json=told, headers={"Retry-After": "1"}))
    page.clock.install()
    page.reload()
    expect(page.get_by_text("The site is analysing the image")).to_be_visible()
    told = told | {"status": "failed", "error": {"code": "x", "detail": "The analysis broke."}}
    page.clock.run_for(2_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Could not be analysed")
    expect(page.get_by_text("The analysis broke.")).to_be_visible()
    told = told | {"status": "running", "error": None}
    page.reload()
    expect(page.get_by_text("The site is analysing the image")).to_be_visible()
    page.clock.fast_forward(121_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Being analysed")
    check_page(page)
