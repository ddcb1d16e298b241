"""The review desk in a real browser: by keys alone, the gallery by mouse and keyboard, every page by axe."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.audit import Actor
from desk import deciding, habits, queue
from desk.models import QueueItem
from detector.models import Review
from tests.e2e.conftest import SIZES, check_page, follow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(submit, owner, moderator):
    """`waiting(3)`: so many images in the queue, oldest first."""

    def act(count):
        made = []
        for seed in range(count):
            upload = submit(owner, name=f"{seed}.jpg", seed=seed)
            made.append(queue.put(Actor(user=moderator), upload=upload))
        return made

    return act


def seen(page, name):
    """The picture of the next image is there: only then a key decides."""
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("[data-desk][data-ready]")).to_be_attached()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_three_images_are_reviewed_by_keys_alone(waiting, moderator, open_page, size, scheme, log_in):
    waiting(3)
    page = log_in(open_page(size, scheme), moderator)
    page.goto("/desk/")
    check_page(page)
    page.keyboard.press("n")
    seen(page, "0.jpg")
    check_page(page)
    page.keyboard.press("?")
    expect(page.locator("#desk-keys")).to_be_visible()
    check_page(page)
    page.keyboard.press("1")  # in the dialog no key decides
    page.keyboard.press("Escape")
    assert not Review.objects.exists()
    page.keyboard.press("2")
    seen(page, "1.jpg")
    check_page(page)
    page.keyboard.press("u")
    seen(page, "0.jpg")
    page.keyboard.press("3")
    seen(page, "1.jpg")
    page.keyboard.press("c")
    page.keyboard.type("12 windows, 13 shadows")  # figures in a note decide nothing
    page.keyboard.press("Escape")
    page.keyboard.press("4")
    seen(page, "2.jpg")
    page.keyboard.press("1")
    expect(page.get_by_text("Nothing else waits for you.")).to_be_visible()
    check_page(page)
    told = [(one.decision, one.note, one.undone_at is None) for one in Review.objects.order_by("pk")]
    assert told == [
        ("ai_generated", "", False),
        ("manipulated", "", True),
        ("unsure", "12 windows, 13 shadows", True),
        ("authentic", "", True),
    ]


def test_next_goes_on_and_the_lease_is_renewed(waiting, moderator, open_page, log_in, settings):
    settings.CLAIM_SECONDS = 10
    first, _ = waiting(2)
    page = log_in(open_page(), moderator)
    page.goto("/desk/")
    page.keyboard.press("n")
    seen(page, "0.jpg")
    before = QueueItem.objects.get(pk=first.pk).lease_until
    with page.expect_response(re.compile("/renew/")):
        pass
    assert QueueItem.objects.get(pk=first.pk).lease_until > before
    expect(page.get_by_text("In your hands while this page is open")).to_be_visible()
    page.keyboard.press("n")
    seen(page, "1.jpg")
    assert QueueItem.objects.get(pk=first.pk).claimed_by is None


def test_an_image_that_was_lost_is_told_on_the_open_page(
    waiting, moderator, administrator, open_page, log_in, settings
):
    settings.CLAIM_SECONDS = 10
    (item,) = waiting(1)
    page = log_in(open_page(), moderator)
    page.goto("/desk/")
    page.keyboard.press("n")
    seen(page, "0.jpg")
    QueueItem.objects.filter(pk=item.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    queue.claim(Actor(user=administrator), item=QueueItem.objects.get(pk=item.pk))
    expect(page.get_by_text("not in your hands any more")).to_be_visible(timeout=8000)


def test_a_held_key_decides_once(waiting, moderator, open_page, log_in):
    waiting(3)
    page = log_in(open_page(), moderator)
    page.goto("/desk/")
    page.keyboard.press("n")
    seen(page, "0.jpg")
    for _ in range(4):  # as a keyboard repeats a key that is held down
        page.keyboard.down("2")
    page.keyboard.up("2")
    seen(page, "1.jpg")
    assert Review.objects.count() == 1


def test_with_keys_turned_off_only_buttons_decide(waiting, moderator, open_page, log_in):
    habits.choose(Actor(user=moderator), hide_machine=True, keys=False)
    waiting(1)
    page = log_in(open_page(), moderator)
    page.goto("/desk/")
    page.get_by_role("button", name="Start reviewing").click()
    seen(page, "0.jpg")
    page.keyboard.press("2")
    page.keyboard.press("Tab")
    assert not Review.objects.exists()
    check_page(page)
    page.get_by_role("button", name="Manipulated").click()
    expect(page.get_by_text("Nothing else waits for you.")).to_be_visible()
    assert Review.objects.get().decision == "manipulated"


def test_enter_in_a_field_decides_nothing(waiting, moderator, open_page, log_in):
    waiting(1)
    page = log_in(open_page(), moderator)
    page.goto("/desk/")
    page.keyboard.press("n")
    seen(page, "0.jpg")
    page.get_by_label("Other tags, between commas").fill("sports")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert not Review.objects.exists()


def test_a_range_is_marked_by_mouse_and_keyboard_and_decided(waiting, moderator, open_page, log_in):
    waiting(5)
    page = log_in(open_page(), moderator)
    page.goto("/desk/bulk/")
    tiles = page.locator("[data-tile]")
    decide = page.get_by_role("button", name="Manipulated")
    expect(decide).to_be_disabled()
    tiles.nth(0).click()
    page.locator("label.tile").nth(2).click(modifiers=["Shift"])
    expect(page.get_by_text("3 marked")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("None marked")).to_be_visible()
    tiles.nth(1).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("3 marked")).to_be_visible()
    check_page(page)
    decide.click()
    expect(page.get_by_text("3 images are decided.")).to_be_visible()
    told = set(Review.objects.values_list("upload__name", "decision"))
    assert told == {(f"{n}.jpg", "manipulated") for n in (1, 2, 3)}
    check_page(page)
    page.get_by_role("button", name="Take all back").click()
    expect(page.locator("[data-tile]")).to_have_count(5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lists_and_figures_are_accessible_and_fit(waiting, moderator, administrator, open_page, size, scheme, log_in):
    items = waiting(4)
    QueueItem.objects.update(sampled=True)
    for item, decision in zip(items, ("authentic", "ai_generated", "unsure"), strict=False):
        deciding.decide(Actor(user=administrator), item=item, decision=decision, note="Seen.", tags=["archive"])
    page = log_in(open_page(size, scheme), moderator)
    for address in ("/desk/queue/?state=done", "/desk/queue/", "/desk/bulk/", "/desk/figures/",
                    f"/uploads/{items[0].upload_id}/", f"/desk/items/{items[0].pk}/"):  # fmt: skip
        page.goto(address)
        check_page(page)


def test_without_a_script_the_desk_works_by_its_buttons(waiting, moderator, browser, live_server):
    waiting(1)
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url, viewport=SIZES["phone"])
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=username]", moderator.username)
    page.fill("input[name=password]", "correct horse battery")
    follow(page.locator("main form button[type=submit]"))
    page.goto("/desk/")
    page.get_by_role("button", name="Start reviewing").click()
    page.get_by_role("button", name="Manipulated").click()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("0.jpg")
    context.close()
