"""A real browser on a real server, and the complaints that pages make to its console."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, sync_playwright

from tests.conftest import PASSWORD

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs beside Django's own thread
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def program():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as running:  # one for all: a second would find its loop taken
        yield running


@pytest.fixture(scope="session")
def browser(program, playwright):
    chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
    yield chromium
    chromium.close()


@pytest.fixture(params=list(SIZES))
def size(request):
    return SIZES[request.param]


@pytest.fixture
def open_page(browser, live_server):
    """`open_page(size, scheme)` gives a page that fails the test for any console error or broken policy."""
    contexts = []

    def act(size=SIZES["desktop"], scheme="light") -> Page:
        context = browser.new_context(
            viewport=size, color_scheme=scheme, base_url=live_server.url, permissions=["clipboard-read"]
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on(
            "console", lambda entry: entry.type == "error" and page.complaints.append(f"{entry.text} {entry.location}")
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield act
    for context in contexts:
        for page in context.pages:
            assert page.complaints == []
        context.close()


@pytest.fixture
def page(open_page, size):
    return open_page(size)


@pytest.fixture
def log_in():
    def act(page: Page, user) -> Page:
        page.goto("/accounts/login/")
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.locator("main form button[type=submit]").click()
        page.wait_for_url("**/upload/")
        return page

    return act


def follow(link: Locator) -> None:
    """Click what leads to another page and be there: a click alone returns while the old page is still leaving."""
    with link.page.expect_navigation():
        link.click()


def check_page(page: Page) -> None:
    """No sideways scrolling, no violation of WCAG that axe can find."""
    page.wait_for_load_state()
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{page.url} scrolls sideways by {width} px"
    tags = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=tags)
    assert found.violations_count == 0, found.generate_report()
