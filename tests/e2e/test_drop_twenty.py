"""Twenty files dropped at once on a page that is not the upload page, and all that may become of one of them."""

import base64

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from detector.models import Upload
from tests.e2e.conftest import check_page
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
DROP = """files => {
    const data = new DataTransfer();
    for (const [name, text] of files) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, {type: 'image/jpeg'}));
    }
    document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
}"""
SENT = "**/api/v1/uploads/"


def row(page: Page, name: str) -> Locator:
    return page.locator("[data-rows] > li").filter(has=page.locator(".file-name", has_text=name))


def state(page: Page, name: str, expected: str) -> None:
    expect(row(page, name)).to_have_attribute("data-state", expected, timeout=30_000)


def twenty() -> list[tuple[str, bytes]]:
    """Seventeen pictures, one of them again under another name, one cut short, one that was handed in long ago."""
    pictures = [(f"picture-{number:02}.jpg", image_bytes(seed=number)) for number in range(17)]
    again, broken = ("again.jpg", pictures[0][1]), ("broken.jpg", b"\xff\xd8\xff\xe0 not much more")
    return [*pictures, again, broken, ("long-ago.jpg", image_bytes(seed=99))]


def drop(page: Page, files: list[tuple[str, bytes]]) -> None:
    page.evaluate(DROP, [(name, base64.b64encode(data).decode()) for name, data in files])


class Gate:
    """Holds the uploads that are under way until the test opens it."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        self.is_open = False
        page.route(SENT, self._take)

    def open(self, *, broken_off: str) -> None:
        """Let all go on but the one of this name, whose connection breaks."""
        self.is_open = True
        for route in self.held:
            route.abort() if broken_off.encode() in (route.request.post_data_buffer or b"") else route.continue_()

    def _take(self, route: Route) -> None:
        route.continue_() if self.is_open else self.held.append(route)


@pytest.fixture
def gate(page):
    return Gate(page)


def test_twenty_files_are_dropped_and_each_has_its_own_end(owner, submit, page, log_in, gate):
    submit(owner, image_bytes(seed=99), name="seen-before.jpg")
    log_in(page, owner)
    page.goto("/uploads/")
    drop(page, twenty())
    expect(page.locator("[data-rows] > li")).to_have_count(20)
    for _ in range(100):
        if len(gate.held) == 3:  # as many as are sent at once
            break
        page.wait_for_timeout(100)
    assert len(gate.held) == 3
    for name in ("picture-01.jpg", "picture-16.jpg"):  # one under way, one that waits
        row(page, name).get_by_role("button", name="Cancel").click()
        state(page, name, "cancelled")
    gate.open(broken_off="picture-00.jpg")

    expect(page.locator("[data-rows] [data-state=done], [data-rows][data-state=done]")).to_have_count(
        15, timeout=60_000
    )
    state(page, "picture-00.jpg", "error")
    state(page, "broken.jpg", "refused")
    expect(row(page, "broken.jpg")).to_contain_text("cut off")
    state(page, "long-ago.jpg", "known")
    expect(row(page, "long-ago.jpg")).to_contain_text("seen-before.jpg")
    check_page(page)

    for name in ("picture-00.jpg", "picture-01.jpg", "picture-16.jpg"):
        row(page, name).get_by_role("button", name="Try again").click()
    state(page, "picture-01.jpg", "done")
    state(page, "picture-16.jpg", "done")
    state(page, "picture-00.jpg", "known")  # its twin was taken in meanwhile
    expect(row(page, "picture-00.jpg")).to_contain_text("again.jpg")
    assert Upload.objects.filter(owner=owner).count() == 1 + 17
    assert [text for text in page.complaints if "ERR_FAILED" not in text and "400" not in text] == []
    page.complaints.clear()  # the browser reports the connection that broke and the refusal, which were asked for
