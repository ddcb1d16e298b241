"""What a first visit costs: bytes sent, and nothing asked of anybody else."""

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.e2e.conftest import SIZES

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
MOST = 150_000  # bytes of page, styles, scripts and fonts
PACKED = ("stylesheet", "script")  # lie compressed on a site that serves, not in a test; pages are sent as they are
PAGES = ("/", "/help/", "/accounts/login/", "/accounts/signup/")


def visited(page: Page, address: str) -> list[Response]:
    """All answers to a browser that has seen nothing of the site before."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return answers


def weight(answers: list[Response]) -> dict[str, int]:
    told = [answer for answer in answers if answer.request.resource_type != "image" and answer.ok]
    return {answer.url: len(_sent(answer)) for answer in told}


def _sent(answer: Response) -> bytes:
    return gzip.compress(answer.body()) if answer.request.resource_type in PACKED else answer.body()


@pytest.mark.parametrize("address", PAGES)
def test_a_first_visit_is_light_and_asks_nobody_else(model, open_page, live_server, address):
    answers = visited(open_page(), address)
    hosts = {urlsplit(answer.url).netloc for answer in answers if not answer.url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(live_server.url).netloc}
    sizes = weight(answers)
    assert len(sizes) > 3, sizes
    assert sum(sizes.values()) < MOST, sizes


def test_the_first_words_do_not_wait_for_a_script(model, open_page):
    """Without a single script or font the page says what it is."""
    page = open_page(SIZES["phone"])
    page.route(
        "**/*", lambda route: route.abort() if route.request.resource_type in ("script", "font") else route.continue_()
    )
    page.goto("/")
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("performance.getEntriesByName('first-contentful-paint').length") == 1
    page.complaints.clear()  # the browser reports what was kept from it
